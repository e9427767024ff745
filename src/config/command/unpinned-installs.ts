/** The installing commands of a line, by the program: everything up to the end of the shell's command. */
const INSTALLS: readonly { readonly pattern: RegExp; readonly isPinned: (name: string) => boolean }[] = [
  {
    pattern: command(String.raw`(?:python[\d.]*\s+-m\s+)?(?:uv\s+)?pip[\d.]*\s+install`),
    isPinned: (name) => /===?[^*]+$|@/.test(name),
  },
  { pattern: command(String.raw`(?:conda|mamba|micromamba)\s+install`), isPinned: (name) => name.includes("=") },
  { pattern: command(String.raw`npm\s+(?:install|i)`), isPinned: (name) => /.@\d+\.\d+\.\d+$/.test(name) },
  { pattern: command(String.raw`apt(?:-get)?\s+(?:-\S+\s+)*install`), isPinned: (name) => name.includes("=") },
];

/** Options whose value is no package. */
const WITH_VALUE =
  /^(?:-r|--requirements?|-c|--constraints?|-i|--index-url|--extra-index-url|-f|--find-links|-t|--target|-p|--python|--prefix|-n|--name|--channel|--platform|--index|-e|--editable)$/;

/** Only the beginning of a command is looked at, as elsewhere: a megabyte of it has to stay cheap. */
const MAX_CHARACTERS = 10_000;

/**
 * The packages that a command installs without saying in which version: another day may bring another. Folders, files
 * and what a requirements file names are not among them.
 */
export function unpinnedInstalls(lines: readonly string[]): readonly string[] {
  const text = lines.join("\n").slice(0, MAX_CHARACTERS).replaceAll(/\\\n/g, " ");
  const found = new Set<string>();
  for (const { pattern, isPinned } of INSTALLS) {
    for (const match of text.matchAll(pattern)) {
      for (const name of packageNames(match[1] ?? "")) if (!isPinned(name)) found.add(name);
    }
  }
  return [...found];
}

function command(program: string): RegExp {
  return new RegExp(String.raw`(?:^|[\s;&|(])${program}((?:[ \t]+[^\s;&|()]+)+)`, "gm");
}

function packageNames(rest: string): readonly string[] {
  const words = rest
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll(/["']/g, ""));
  const names: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (WITH_VALUE.test(word)) index += 1;
    else if (/^[A-Za-z]/.test(word) && !/[/\\{$]|\.(?:whl|zip|tar|tgz|txt)\b/.test(word.replace(/@.*$/, "")))
      names.push(word);
  }
  return names;
}
