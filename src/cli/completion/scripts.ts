import type { Shell } from './shells.ts';

/**
 * The scripts only hand the words to `spillway __complete` and offer what it answers, so a completion never lags
 * behind the commands. Where it answers nothing the shell completes file names.
 */
const SCRIPTS: Record<Shell, { script: string; install: string }> = {
  bash: {
    script: `# bash completion for spillway
_spillway() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
}
complete -o default -F _spillway spillway
`,
    install: 'add the line  source <(spillway completion bash)  to ~/.bashrc',
  },
  zsh: {
    script: `#compdef spillway
_spillway() {
  local line
  local -a found
  for line in "\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#found} )); then _describe spillway found; else _files; fi
}
compdef _spillway spillway
`,
    install: 'add the line  source <(spillway completion zsh)  to ~/.zshrc, after compinit',
  },
  fish: {
    script: `# fish completion for spillway
function __spillway_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l found ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null </dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path "$current"
  end
end
complete -c spillway -f -a '(__spillway_complete)'
`,
    install: 'run  spillway completion fish > ~/.config/fish/completions/spillway.fish',
  },
};

export function scriptFor(shell: Shell): { script: string; install: string } {
  return SCRIPTS[shell];
}
