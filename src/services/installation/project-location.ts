/** The place of a project's state. */
export interface ProjectLocation {
  /** `<root>/.headrace`, or a folder in the home of a server. */
  readonly stateFolder: string;
}

/** A project that is a folder of this machine. */
export interface FolderLocation extends ProjectLocation {
  /** The folder that holds the configuration file; steps see a copy of it as their repository. */
  readonly root: string;
  readonly configFile: string;
}
