import { basename } from "node:path";
import { HeadraceError } from "../../errors.ts";

/** Files with requirements that are not read, by name: what they are, and what their own tool writes for pip. */
const OTHERS: readonly { readonly name: RegExp; readonly what: string; readonly hint: string }[] = [
  {
    name: /^poetry\.lock$/,
    what: "a lock file of Poetry",
    hint: "export it: poetry export -f requirements.txt -o requirements.txt (plug-in poetry-plugin-export)",
  },
  { name: /^pdm\.lock$/, what: "a lock file of PDM", hint: "export it: pdm export -o requirements.txt" },
  { name: /^Pipfile(\.lock)?$/, what: "a file of Pipenv", hint: "export it: pipenv requirements > requirements.txt" },
  {
    name: /^pixi\.(lock|toml)$/,
    what: "a file of Pixi",
    hint: "list the packages in a requirements.txt, or run the step in an image",
  },
  {
    name: /^conda-lock\.ya?ml$/,
    what: "a lock file of conda-lock",
    hint: "list the packages in a requirements.txt, or run the step in an image",
  },
  {
    name: /^setup\.(py|cfg)$/,
    what: "a file that builds a package",
    hint: 'install the package with what it needs: `python: {packages: ["."]}`',
  },
  {
    name: /\.(toml|lock|json)$/,
    what: "not a requirements file",
    hint: "export it: uv export --format requirements-txt > requirements.txt (or pip freeze, poetry export)",
  },
];

/** Refuses a file of another tool, whose lines pip would misread one by one. */
export function refuseOtherFormats(shown: string): void {
  const other = OTHERS.find(({ name }) => name.test(basename(shown)));
  if (other === undefined) return;
  throw new HeadraceError("HR_PYTHON_ENVIRONMENT", `${shown} is ${other.what}`, { hint: other.hint });
}
