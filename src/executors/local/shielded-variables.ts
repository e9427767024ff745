/**
 * Variables by which a dynamic linker, libc, a shell or mount(8) can be made to run somebody's code. A step may have
 * them; what stands between Headrace and the step (wrapper, bubblewrap, unshare, mount) must not, since all of it runs
 * before the sandbox is closed: `LD_PRELOAD=./x.so` in a stranger's valohai.yaml would be code of his outside of it.
 * Named after glibc's own list of unsafe variables, those of bash, and those of libmount and libblkid.
 */
const SHIELDED =
  /^(LD_|DYLD_|BASH|GLIBC_|MALLOC_|MUSL_|GCONV_PATH$|GETCONF_DIR$|LOCPATH$|NLSPATH$|LOCALDOMAIN$|HOSTALIASES$|RES_OPTIONS$|RESOLV_|NIS_PATH$|LIBMOUNT_|BLKID_|LIBBLKID_|LIBSMARTCOLS_|ENV$|SHELLOPTS$|POSIXLY_CORRECT$|IFS$|PS4$|CDPATH$|TZDIR$)/;

/** A locale that is named by a path is loaded from there. */
const LOCALE = /^(LANG|LANGUAGE|LC_[A-Z]+)$/;

export interface ShieldedVariables {
  /** For everything up to the step. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * The words that the step's own command is to be started by: `env NAME=VALUE…`; empty when there is nothing to give
   * back.
   */
  readonly prefix: readonly string[];
}

/** Keeps such variables from all that runs before the step, and gives them back at the very last. */
export function shieldVariables(environment: Readonly<Record<string, string>>): ShieldedVariables {
  const entries = Object.entries(environment);
  const shielded = entries.filter(([name, value]) => isShielded(name, value));
  if (shielded.length === 0) return { environment, prefix: [] };
  return {
    environment: Object.fromEntries(entries.filter(([name, value]) => !isShielded(name, value))),
    prefix: ["/usr/bin/env", ...shielded.map(([name, value]) => `${name}=${value}`)],
  };
}

function isShielded(name: string, value: string): boolean {
  return SHIELDED.test(name) || (LOCALE.test(name) && value.includes("/"));
}
