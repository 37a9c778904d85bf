/**
 * The uids of one installation: each VM's index is added to the first, and is the same on every host.
 *
 *   0 … 65 535   VMs      65 536   group of the images      65 537   the tools' user      65 538 … 131 071   VMs
 *
 * The two in the middle are where they were when there were no VMs above them.
 */
export const UIDS_EACH = 131_072
export const IMAGES_GID_INDEX = 65_536
export const TOOL_UID_INDEX = 65_537

export const isVmUidIndex = (index: number): boolean =>
  index >= 0 && index < UIDS_EACH && index !== IMAGES_GID_INDEX && index !== TOOL_UID_INDEX
