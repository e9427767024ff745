/** With which process 1 ends where an earlier one has begun the step. */
export const SECOND_START = 111;

/**
 * The small POSIX-shell program that is process 1 of a container. It uses built-ins and two `cat`s: an image needs no more than a shell
 * (without `cat` the step's streams are the log files themselves).
 *
 * Its first act is to make `control/begun` with O_EXCL: whoever starts a container a second time, because an engine died or somebody said
 * `docker start`, runs nothing. (`printf`, because a POSIX shell ends at once where a special built-in such as `:` may not write.) Logs are files of the machine, appended to by the readers: the daemon's own log cannot hold every byte
 * (json-file replaces what is no UTF-8) or loses the beginning (local rotates), and a restarted engine would have to read it all again.
 * The streams are pipes for the reason given in local/wrapper-script.ts: `echo x > /dev/stderr` would empty a file.
 *
 * The step's end is noted before what it left behind is killed and the readers are waited for; `done` says that the logs are complete. After an
 * interrupt the others get time to end by themselves, as the first process had it, until `control/killed` says that it is over. (An image without
 * `sleep` makes that a busy wait; to wait for a subshell reaps those that have ended.)
 * When process 1 ends, the kernel ends what is left.
 *
 * A POSIX shell gives 128 + n both for a death by signal n and for `exit 128+n`, but prints the signal's name for the former only:
 * so its stderr goes to the status file, too.
 *
 * Arguments: `script` (bash where the image has it, else sh) or `shebang` and the interpreter; after `--` the user to whom the files
 * are handed at the end, or nothing. Descriptors: 5 and 6 the step's streams, 7 the status file, 8 and 9 the readers' ends.
 */
export const CONTAINER_SCRIPT = `__hr_control=/headrace/control; __hr_logs=/headrace/logs
set -C
printf '' >"$__hr_control/begun" || exit ${SECOND_START}
set +C
exec 7>>"$__hr_control/status" 2>&7
__hr_owner=$1; __hr_kind=$2; shift 2
__hr_keep() {
  trap '' INT QUIT TERM HUP
  exec >>"$__hr_logs/$1" 2>/dev/null 5>&- 6>&- 7>&- 8>&- 9>&-
  cd /
  exec cat
}
__hr_out= __hr_err=
exec 8<<OUT 9<<ERR
OUT
ERR
if ! command -v cat >/dev/null 2>&1; then
  exec 5>>"$__hr_logs/stdout" 6>>"$__hr_logs/stderr"
elif [ -p /proc/self/fd/8 ] && [ -p /proc/self/fd/9 ] && { exec 5>/proc/self/fd/8 6>/proc/self/fd/9; } 2>/dev/null; then
  __hr_keep stdout <&8 & __hr_out=$!
  __hr_keep stderr <&9 & __hr_err=$!
elif mkfifo -m 600 "$__hr_control/stdout" "$__hr_control/stderr" 2>/dev/null; then
  __hr_keep stdout <"$__hr_control/stdout" & __hr_out=$!
  __hr_keep stderr <"$__hr_control/stderr" & __hr_err=$!
  exec 5>"$__hr_control/stdout" 6>"$__hr_control/stderr"
else
  exec 5>>"$__hr_logs/stdout" 6>>"$__hr_logs/stderr"
fi
exec 8<&- 9<&-
: >>"$__hr_logs/stdout"
: >>"$__hr_logs/stderr"
__hr_report=
if [ "$__hr_kind" = shebang ]; then set -- "$@" "$__hr_control/script"
elif __hr_bash=$(command -v bash 2>/dev/null) && [ -n "$__hr_bash" ]; then __hr_report=yes; set -- "$__hr_bash" "$__hr_control/script"
else set -- /bin/sh "$__hr_control/script.sh"
fi
printf 'headrace: started %s %s\\n' "\${__hr_out:-0}" "\${__hr_err:-0}" >&7
if [ -n "$__hr_report" ]; then ( exec "$@" </dev/null >&5 2>&6 5>&- 6>&- ); else ( exec "$@" </dev/null >&5 2>&6 5>&- 6>&- 7>&- ); fi
__hr_exited=$?
until printf '\\nheadrace: exited %s\\n' "$__hr_exited" >&7; do sleep 1; done
exec 5>&- 6>&-
__hr_others() {
  for __hr_pid in /proc/[0-9]*; do
    case \${__hr_pid#/proc/} in 1|"$__hr_out"|"$__hr_err") ;; *) kill -s 0 "\${__hr_pid#/proc/}" 2>/dev/null && return 0 ;; esac
  done
  return 1
}
while [ -e "$__hr_control/interrupted" ] && ! [ -e "$__hr_control/killed" ] && __hr_others; do sleep 0.05 2>/dev/null || ( : ); done
__hr_round=0
while [ "$__hr_round" -lt 200 ]; do
  __hr_round=$((__hr_round + 1)); __hr_more=
  for __hr_pid in /proc/[0-9]*; do
    case \${__hr_pid#/proc/} in 1|"$__hr_out"|"$__hr_err") ;; *) kill -s KILL "\${__hr_pid#/proc/}" 2>/dev/null && __hr_more=yes ;; esac
  done
  [ -n "$__hr_more" ] || break
done
if [ -n "$__hr_out" ]; then wait "$__hr_out" || printf 'headrace: unlogged\\n' >&7; wait "$__hr_err" || printf 'headrace: unlogged\\n' >&7; fi
if [ -n "$__hr_owner" ]; then chown -R "$__hr_owner" /valohai/repository /valohai/outputs /headrace/logs "$__hr_control" || :; fi
printf 'headrace: done\\n' >&7
exit "$__hr_exited"
`;

/**
 * Sends SIGINT to every process of the step at one instant, from inside: `docker kill` reaches process 1 only. It waits until there is one
 * beside process 1 and the readers, who ignore the signal. A job in the background of a shell ignores SIGINT by POSIX; one that handles SIGTERM gets
 * that instead (the masks of signals are hexadecimal: SIGINT is the second bit, SIGTERM the fifteenth). Arguments: the readers' numbers.
 */
export const INTERRUPT_SCRIPT = `n=0
heeds_term() {
  ignores= catches=
  while read -r name mask; do
    case $name in SigIgn:) ignores=$mask ;; SigCgt:) catches=$mask ;; esac
  done <"$1/status" || return 1
  case $ignores in *[2367abef]) ;; *) return 1 ;; esac
  case $catches in *[4-7c-f]???) return 0 ;; esac
  return 1
}
while [ $n -lt 1000 ]; do
  n=$((n + 1))
  for p in /proc/[0-9]*; do
    case \${p#/proc/} in 1|$$|$1|$2) continue ;; esac
    term=
    for p in /proc/[0-9]*; do
      case \${p#/proc/} in 1|$$|$1|$2) ;; *) heeds_term "$p" 2>/dev/null && term="$term \${p#/proc/}" ;; esac
    done
    kill -s INT -- -1
    [ -z "$term" ] || kill -s TERM $term
    exit
  done
done
`;

/** SIGTERM to every process of the step; process 1 is left out by the kernel, and the readers ignore it. */
export const TERMINATE_SCRIPT = "kill -s TERM -- -1";
