/** Where a project's configuration stands and where its state is kept. */
export interface ProjectLocation {
  /** The folder that holds the configuration file; steps see a copy of it as their repository. */
  readonly root: string;
  readonly configFile: string;
  /** `<root>/.headrace` */
  readonly stateFolder: string;
}
