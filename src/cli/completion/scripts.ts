/**
 * The scripts only hand the words typed so far to `headrace __complete`, which answers with one candidate a line, a tab
 * and its description. So they never grow stale. If it answers nothing, the shell completes file names.
 */
export function completionScript(shell: "bash" | "zsh" | "fish"): string {
  return SCRIPTS[shell];
}

/** The command that the shells call; the help does not show it. */
export const COMPLETE_COMMAND = "__complete";

const BASH = `# Completion of headrace for bash: source <(headrace completion bash)
_headrace_complete() {
  local IFS=$'\\n' line word
  COMPREPLY=()
  while IFS= read -r line; do
    # Quoted: a name may hold what the shell would run.
    printf -v word %q "\${line%%$'\\t'*}"
    COMPREPLY+=("$word")
  done < <("\${COMP_WORDS[0]}" ${COMPLETE_COMMAND} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace
  fi
}
complete -o default -o nosort -F _headrace_complete headrace
`;

const ZSH = `#compdef headrace
# Completion of headrace for zsh: source <(headrace completion zsh)
_headrace_complete() {
  local line name
  local -a plain assignments
  for line in "\${(@f)$("\${words[1]}" ${COMPLETE_COMMAND} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    name="\${\${line%%$'\\t'*}//:/\\\\:}"
    [[ $line == *$'\\t'* ]] && name="$name:\${line#*$'\\t'}"
    if [[ \${line%%$'\\t'*} == *= ]]; then assignments+=("$name"); else plain+=("$name"); fi
  done
  if (( \${#plain} + \${#assignments} == 0 )); then
    _files
    return
  fi
  _describe -V 'headrace' plain
  _describe -V 'value' assignments -S ''
}
compdef _headrace_complete headrace
`;

const FISH = `# Completion of headrace for fish: headrace completion fish | source
function __headrace_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l candidates ($words[1] ${COMPLETE_COMMAND} $words[2..-1] "$current" 2>/dev/null)
    if test (count $candidates) -gt 0
        printf '%s\\n' $candidates
    else
        __fish_complete_path "$current"
    end
end
complete --command headrace --no-files --keep-order --arguments '(__headrace_complete)'
`;

const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;
