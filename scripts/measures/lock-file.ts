interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Packages that the lock file names as dependencies and does not hold. npm from 11.19 on refuses `npm ci` for them, and
 * `npm install` brings it about: it leaves out builds for other platforms that the registry at hand does not have.
 */
export function lockFileProblems(text: string): readonly string[] {
  const { packages } = JSON.parse(text) as LockFile;
  return Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isHeld(packages, place, name))
      .map(
        (name) =>
          `package-lock.json: ${place === "" ? "the project" : place} needs ${name}, which is not locked: npm ci fails`,
      ),
  );
}

/** Looked up as Node does: in the package's own folder, then in those above it. */
function isHeld(packages: LockFile["packages"], place: string, name: string): boolean {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === "") return false;
  }
}
