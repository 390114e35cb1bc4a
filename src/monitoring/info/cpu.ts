import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

export function cpuInfo({ process }: Sources): Fields {
  const { user, system } = process.cpu();
  return fields({
    used_cpu_sys: seconds(system),
    used_cpu_user: seconds(user),
    used_cpu_sys_children: seconds(0),
    used_cpu_user_children: seconds(0),
  });
}

function seconds(us: number): string {
  return (us / 1e6).toFixed(6);
}
