import { type HostOptions, hostProjects } from "../hosting/host-projects.ts";
import type { EngineSetting } from "../installation/assemble-engine.ts";

/** Works for every run of the project until it is told to end, or until there is nothing left to do. */
export async function runEngine(setting: EngineSetting, options: HostOptions): Promise<void> {
  const { project, store } = setting;
  const { backends, enginesFolder } = project.origin;
  await hostProjects(
    {
      place: { backends, enginesFolder, env: project.env, stateFolder: project.stateFolder },
      engines: store.engines,
      first: store.project.id,
      concerns: (projectId) => projectId === store.project.id,
      open: async () => setting,
    },
    options,
  );
}
