const main = document.querySelector('#main')!;
main.textContent = 'Larder';

export {};
