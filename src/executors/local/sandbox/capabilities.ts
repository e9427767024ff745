/**
 * The capabilities that a step of root keeps: the set that Docker gives its containers, less making devices (mknod) and
 * forging packets (net_raw). Without sys_admin it can neither remount nor leave its view.
 */
export const KEPT_CAPABILITIES: readonly string[] = [
  "chown",
  "dac_override",
  "fowner",
  "fsetid",
  "kill",
  "setgid",
  "setuid",
  "setpcap",
  "setfcap",
  "net_bind_service",
  "sys_chroot",
  "audit_write",
];
