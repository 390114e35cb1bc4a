exports.load = () => {
  return 1;
};
const x = ;
