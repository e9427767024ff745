import { MASKING_READER, PERL_VARIABLES, STREAM_READER } from "../step/stream-reader.ts";

/** With which process 1 ends where an earlier one has begun the step. */
export const SECOND_START = 111;
/**
 * And with which where the secrets did not come whole, or nothing in the image can hide them: the step has not begun.
 */
export const WITHOUT_SECRETS = 112;
export const CANNOT_HIDE = 113;

/** The secrets' way to the step, before anything else. */
const RECEIVE = `[ -e "$__hr_control/begun" ] && exit ${SECOND_START}
__hr_forms= __hr_state=
while IFS= read -r __hr_line; do
  case $__hr_state:$__hr_line in
    ":headrace: forms") __hr_state=forms; ! command -v perl >/dev/null 2>&1 || { __hr_state=whole; break; } ;;
    "forms:headrace: whole") __hr_state=whole; break ;;
    forms:*) __hr_forms="$__hr_forms$__hr_line
" ;;
    *)
      __hr_value=$(printf '%bx' "\${__hr_line#*=}")
      export "\${__hr_line%%=*}=\${__hr_value%x}"
      __hr_secrets="$__hr_secrets \${__hr_line%%=*}" ;;
  esac
done
[ "$__hr_state" = whole ] || exit ${WITHOUT_SECRETS}
exec </dev/null
unset __hr_line __hr_value
__hr_awk=
if ! command -v perl >/dev/null 2>&1; then
  command -v awk >/dev/null 2>&1 || exit ${CANNOT_HIDE}
  # It would wait for a whole block of input before it looks at the first line.
  case $(awk -W version </dev/null 2>&1) in *mawk*) __hr_awk="-W interactive" ;; esac
fi
ulimit -c 0
`;

/** Hides the forms of `__hr_forms`, of which the longest come first, in each line. */
const AWK_MASKING = `BEGIN { n = split(ENVIRON["__hr_forms"], form, "\\n") }
{
  for (out = ""; ; $0 = substr($0, at + size)) {
    for (at = i = 0; ++i < n;) if ((p = index($0, form[i])) && (!at || p < at)) { at = p; size = length(form[i]) }
    if (!at) break
    out = out substr($0, 1, at - 1) "***"
  }
  print out $0
  fflush()
}`;

/**
 * The small POSIX-shell program that is process 1 of a container. It uses built-ins and a reader of both streams in
 * Perl (stream-reader.ts), or two `cat`s, which know no order: an image needs no more than a shell (without `cat` the
 * step's streams are the log files themselves).
 *
 * Its first act is to make `control/begun` with O_EXCL: whoever starts a container a second time, because an engine
 * died or somebody said `docker start`, runs nothing. (`printf`, because a POSIX shell ends at once where a special
 * built-in such as `:` may not write.) Logs are files of the machine, appended to by the readers: the daemon's own log
 * cannot hold every byte (json-file replaces what is no UTF-8) or loses the beginning (local rotates), and a restarted
 * engine would have to read it all again. The streams are pipes for the reason given in local/wrapper-script.ts: `echo
 * x > /dev/stderr` would empty a file.
 *
 * The step's end is noted before what it left behind is killed and the readers are waited for; `done` says that the
 * logs are complete. After an interrupt the others get time to end by themselves, as the first process had it, until
 * `control/killed` says that it is over. (An image without `sleep` makes that a busy wait; to wait for a subshell reaps
 * those that have ended.) When process 1 ends, the kernel ends what is left.
 *
 * A POSIX shell gives 128 + n both for a death by signal n and for `exit 128+n`, but prints the signal's name for the
 * former only: so its stderr goes to the status file, too.
 *
 * **Secrets** come on stdin, before the step begins: what a container is made with stands in `docker inspect`. If they
 * end before their last line, whoever sent them has died: nothing has begun, and a start of the same container asks for
 * them again. (`printf %b` gives a value its newlines back.) In an image without Perl, `awk` hides them line by line by
 * the forms that come after the values; without either the step does not begin.
 *
 * Arguments: the user to whom the files are handed at the end, or nothing; then `script` (bash where the image has it,
 * else sh) or `shebang` and the interpreter. Descriptors: 5 and 6 the step's streams, 7 the status file, 8 and 9 the
 * readers' ends.
 */
const containerScript = (
  reader: string,
  receive: string,
): string => `__hr_control=/headrace/control; __hr_logs=/headrace/logs
__hr_owner=$1; __hr_kind=$2; shift 2
__hr_secrets=
${receive}set -C
printf '' >"$__hr_control/begun" || exit ${SECOND_START}
set +C
exec 7>>"$__hr_control/status" 2>&7
__hr_keep() {
  trap '' INT QUIT TERM HUP
  exec >>"$__hr_logs/$1" 2>/dev/null 5>&- 6>&- 7>&- 8>&- 9>&-
  cd /
  [ -z "$__hr_secrets" ] || LC_ALL=C __hr_forms=$__hr_forms exec awk $__hr_awk '${AWK_MASKING}'
  exec cat
}
__hr_keep_both() {
  trap '' INT QUIT TERM HUP
  unset ${PERL_VARIABLES}
  exec >/dev/null 2>&1 5>&- 6>&- 7>&- 8>&- 9>&-
  LC_ALL=C exec perl -e '${reader}' "$__hr_logs" $__hr_secrets
}
__hr_start_readers() {
  if command -v perl >/dev/null 2>&1; then __hr_keep_both <&8 3<&9 & __hr_out=$! __hr_err=$!
  else
    __hr_keep stdout <&8 & __hr_out=$!
    __hr_keep stderr <&9 & __hr_err=$!
  fi
}
__hr_out= __hr_err=
exec 8<<OUT 9<<ERR
OUT
ERR
if [ -z "$__hr_secrets" ] && ! command -v cat >/dev/null 2>&1; then
  exec 5>>"$__hr_logs/stdout" 6>>"$__hr_logs/stderr"
elif [ -p /proc/self/fd/8 ] && [ -p /proc/self/fd/9 ] && { exec 5>/proc/self/fd/8 6>/proc/self/fd/9; } 2>/dev/null; then
  __hr_start_readers
elif mkfifo -m 600 "$__hr_control/stdout" "$__hr_control/stderr" 2>/dev/null; then
  exec 5<>"$__hr_control/stdout" 6<>"$__hr_control/stderr"
  exec 8<"$__hr_control/stdout" 9<"$__hr_control/stderr" 5>"$__hr_control/stdout" 6>"$__hr_control/stderr"
  __hr_start_readers
elif [ -n "$__hr_secrets" ]; then
  rm -f "$__hr_control/begun"; exit ${CANNOT_HIDE}
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
if [ -n "$__hr_out" ]; then wait "$__hr_out" || printf 'headrace: unlogged\\n' >&7; [ "$__hr_err" = "$__hr_out" ] || wait "$__hr_err" || printf 'headrace: unlogged\\n' >&7; fi
if [ -n "$__hr_owner" ]; then chown -R "$__hr_owner" /valohai/repository /valohai/outputs /headrace/logs "$__hr_control" || :; fi
printf 'headrace: done\\n' >&7
exit "$__hr_exited"
`;

/** For steps without secrets, and with. */
export const CONTAINER_SCRIPT = containerScript(STREAM_READER, "");
export const MASKING_CONTAINER_SCRIPT = containerScript(MASKING_READER, RECEIVE);

/**
 * Sends SIGINT to every process of the step at one instant, from inside: `docker kill` reaches process 1 only. It waits
 * until there is one beside process 1 and the readers, who ignore the signal. A job in the background of a shell
 * ignores SIGINT by POSIX; one that handles SIGTERM gets that instead (the masks of signals are hexadecimal: SIGINT is
 * the second bit, SIGTERM the fifteenth). Arguments: the readers' numbers.
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
