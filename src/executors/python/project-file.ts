/**
 * For a Python to run: the dependencies of a pyproject.toml (first argument) as lines of pip (second). It says in words
 * what cannot be had so.
 */
export const EXTRACT_DEPENDENCIES = `import sys
try:
    import tomllib
except ImportError:
    try:
        from pip._vendor import tomli as tomllib
    except ImportError:
        sys.exit("error: pyproject.toml needs uv or Python 3.11 to be read; this is Python " + sys.version.split()[0])
with open(sys.argv[1], "rb") as file:
    try:
        content = tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        sys.exit("error: pyproject.toml cannot be read: " + str(error))
project = content.get("project")
if project is None:
    sys.exit("error: pyproject.toml has no table [project]; export what it needs: poetry export -f requirements.txt -o requirements.txt")
if "dependencies" in project.get("dynamic", []):
    sys.exit('error: pyproject.toml leaves its dependencies to the build; install the package: python: {packages: ["."]}')
if content.get("tool", {}).get("uv", {}).get("sources"):
    sys.exit("error: pyproject.toml names sources for uv (tool.uv.sources); name uv.lock instead")
with open(sys.argv[2], "w") as file:
    file.writelines(line + "\\n" for line in project.get("dependencies", []))
`;
