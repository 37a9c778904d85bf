/** Every address of the console, built in one place. */
export const paths = {
  vms: '/vms',
  vmCreate: '/vms/new',
  vm: (vmId: string, tab?: string): string => (tab === undefined ? `/vms/${vmId}` : `/vms/${vmId}/${tab}`),
  images: '/images',
  hosts: '/hosts',
  tasks: '/tasks',
  history: '/history',
  historyOf: (objectId: string): string => `/history?object=${objectId}`,
  tokens: '/tokens',
} as const
