import { EXECUTION_MARKER } from "../step/step-environment.ts";
import { MASKING_READER, PERL_VARIABLES, STREAM_READER } from "../step/stream-reader.ts";
import { quote } from "./quote.ts";
import { USE_SAMPLER } from "./use-sampler.ts";

/**
 * The program that Slurm runs on a node: POSIX shell and a few programs that every system has (`cat`, `grep`, `date`,
 * `mkfifo`, `rm`).
 *
 * **It claims first.** `control/claim` is made with O_EXCL (`set -C`). If there are several jobs for one execution (an
 * engine died between `sbatch` and its record, another asked again, Slurm put the job back into the queue), one makes
 * it and runs the step; the others end at once.
 *
 * **The step's streams are pipes**, and a reader of both in Perl (stream-reader.ts) appends to the logs; on a node
 * without Perl a `cat` each, which know no order: a step that opens /dev/stderr by name cannot empty the log so. The
 * readers are waited for, so that whoever sees the exit sees the whole log.
 *
 * **Signals.** The step runs in the foreground, because POSIX shells start background commands with SIGINT ignored, for
 * good. So this script itself cannot act while the step runs. SIGINT goes to every process of the job (`scancel
 * --signal=INT --full`); here it is only noted, and its children have the default again. To kill, a guard in the
 * background is sent SIGURG and kills what carries the execution's mark, again and again until nothing is left; then
 * the exit gets written as at any other end. (SIGKILL from Slurm would also hit this script, and leave on nodes without
 * process tracking by cgroups whatever has left the job's process tree.) SIGTERM is Slurm's own word that the job must
 * go: noted, for the reason in words, while the step has it, too, and its time (KillWait) to tidy up. After an
 * interrupt the step's other processes get time to end as well, until a kill. Those that ignore SIGINT and handle
 * SIGTERM, as jobs in the background of a shell do, get that from the guard, which is told by SIGWINCH: nobody else
 * minds that signal. (The guard cannot heed SIGINT itself. The masks of signals in /proc are hexadecimal: SIGINT is the
 * second bit, SIGTERM the fifteenth.)
 *
 * **A death by signal** and `exit 128+n` look alike in `$?`, but the shell announces the former on its stderr, which is
 * the status file. (SIGINT is not announced; that is known from `control/interrupted`.)
 *
 * **What the step uses** of its node is noted by a program of Perl beside it (use-sampler.ts); where there is no Perl,
 * nobody notes it.
 *
 * **Secrets** stand nowhere in clear: their bytes and a random pad of the same length are added up (XOR) in a file of
 * the control folder, and the pad comes with the job (`HEADRACE_PAD`). Slurm, which keeps what comes with a job, has
 * the pad and not the file; a reader of the shared disk has the file and not the pad. A job whose file is gone is not
 * the last one that was asked for.
 *
 * File descriptors: 5 and 6 the step's streams, 7 the status file.
 */
export function batchScript(
  folder: { readonly control: string; readonly logs: string; readonly repository: string },
  executionId: string,
  secretNames: readonly string[] = [],
): string {
  const hasSecrets = secretNames.length > 0;
  return `#!/bin/sh
# Headrace: execution ${executionId}
__hr_control=${quote(folder.control)} __hr_logs=${quote(folder.logs)} __hr_repository=${quote(folder.repository)}
__hr_mark=${quote(`${EXECUTION_MARKER}=${executionId}`)}
__hr_secrets=${quote(secretNames.join(" "))}
${body(hasSecrets ? UNSEAL : "", hasSecrets ? MASKING_READER : STREAM_READER)}`;
}

const UNSEAL = `command -v perl >/dev/null 2>&1 || { echo "headrace: the step has secrets, and this node has no Perl to hide them in its log" >&2; exit 69; }
__hr_exports=$(perl -e 'my ($id, $pad) = split(/:/, $ENV{HEADRACE_PAD}); open(my $file, "<", "sealed.$id") or exit 1; local $/; my $sealed = <$file>; print $sealed ^ pack("H*", $pad)' 2>/dev/null)
case $__hr_exports in ": headrace"*) ;; *) echo "headrace: another job has the secrets of this step" >&2; exit 69 ;; esac
unset HEADRACE_PAD
ulimit -c 0
`;

const body = (unseal: string, reader: string): string => `PATH=/usr/bin:/bin:$PATH
cd "$__hr_control" || { echo "headrace: this node does not see $__hr_control" >&2; exit 66; }
${unseal}{ hostname -I || hostname -i; } >addresses 2>/dev/null || :
set -C
printf '%s %s %s %s\\n' "$SLURM_JOB_ID" "\${SLURM_RESTART_COUNT:-0}" "\${SLURMD_NODENAME:-$(hostname)}" "$(date +%s)" >claim || { echo "headrace: another job runs this step, or the disk takes no file" >&2; exit 67; }
set +C
[ -z "$__hr_secrets" ] || { eval "$__hr_exports"; unset __hr_exports; rm -f sealed.*; }
printf '                \\n' >exit
exec 7>>status 2>&7
__hr_stop=
trap __hr_stop=yes INT
trap : HUP URG
trap ': >terminated' TERM
__hr_find() {
  __hr_found=$(grep -l -a -F -e "$__hr_mark" /proc/[0-9]*/environ 2>/dev/null) || :
  [ -n "$__hr_found" ]
}
__hr_heed() {
  __hr_find || return 0
  for __hr_process in $__hr_found; do
    __hr_process=\${__hr_process%/environ}
    if grep -q '^SigIgn:.*[2367abef]$' "$__hr_process/status" && grep -q '^SigCgt:.*[4-7c-f]...$' "$__hr_process/status"
    then kill -s TERM "\${__hr_process#/proc/}"
    fi 2>/dev/null
  done
}
__hr_sweep() {
  __hr_round=0
  while [ "$__hr_round" -lt 50 ]; do
    __hr_find || break
    for __hr_process in $__hr_found; do __hr_process=\${__hr_process#/proc/}; kill -s KILL "\${__hr_process%/environ}" 2>/dev/null; done
    __hr_round=$((__hr_round + 1))
  done
}
# A signal that is heeded ends a wait before its time.
__hr_await() {
  wait "$1"; __hr_waited=$?
  while [ "$__hr_waited" -gt 128 ] && kill -s 0 "$1" 2>/dev/null; do wait "$1"; __hr_waited=$?; done
  [ "$__hr_waited" = 0 ] || [ "$__hr_waited" = 127 ]
}
( trap '' INT HUP TERM
trap __hr_sweep URG
trap __hr_heed WINCH
trap 'kill -s KILL $! 2>/dev/null; exit 0' USR2
while :; do sleep 30 & wait $!; done ) 7>&- 2>/dev/null &
__hr_guard=$!
__hr_sampler=
if command -v perl >/dev/null 2>&1; then
  ( trap '' INT HUP TERM URG; unset ${PERL_VARIABLES}; LC_ALL=C exec perl -e '${USE_SAMPLER}' "$__hr_control/use" "$$" ) </dev/null >/dev/null 2>&1 7>&- & __hr_sampler=$!
fi
rm -f stdout.pipe stderr.pipe
mkfifo -m 600 stdout.pipe stderr.pipe || exit 68
if command -v perl >/dev/null 2>&1; then
  ( trap '' INT HUP TERM URG; unset ${PERL_VARIABLES}; LC_ALL=C exec perl -e '${reader}' "$__hr_logs" $__hr_secrets ) <stdout.pipe 3<stderr.pipe >/dev/null 7>&- & __hr_reader1=$! __hr_reader2=
else
  ( trap '' INT HUP TERM URG; exec cat <stdout.pipe >>"$__hr_logs/stdout" ) 7>&- & __hr_reader1=$!
  ( trap '' INT HUP TERM URG; exec cat <stderr.pipe >>"$__hr_logs/stderr" ) 7>&- & __hr_reader2=$!
fi
exec 5>stdout.pipe 6>stderr.pipe
rm -f stdout.pipe stderr.pipe
printf 'headrace: started\\n' >&7
( cd "$__hr_repository" && . "$__hr_control/launch" )
__hr_exited=$?
exec 5>&- 6>&-
while [ -n "$__hr_stop" ] && __hr_find; do sleep 0.1; done
__hr_sweep
__hr_log=logged
__hr_await "$__hr_reader1" || __hr_log=unlogged
[ -z "$__hr_reader2" ] || __hr_await "$__hr_reader2" || __hr_log=unlogged
kill -s USR2 "$__hr_guard" 2>/dev/null
[ -z "$__hr_sampler" ] || kill -s KILL "$__hr_sampler" 2>/dev/null
until printf '%s %s\\n' "$__hr_exited" "$__hr_log" 1<>exit || ! [ -d "$__hr_control" ]; do sleep 1; done 2>/dev/null
rm -f launch
exit "$__hr_exited"
`;
