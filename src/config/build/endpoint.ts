import type { Deployment, Endpoint } from "../model.ts";
import type { DeploymentSource, EndpointSource } from "../schema/endpoint.ts";
import { plainMapping } from "./plain-value.ts";
import { listed, present } from "./present.ts";
import { buildResources } from "./step.ts";

/** The endpoint that a checked mapping describes. */
export function buildEndpoint(source: EndpointSource): Endpoint {
  const volume = source["workspace-volume"];
  return present({
    name: source.name,
    image: source.image,
    description: source.description,
    port: source.port ?? 8000,
    serverCommand: source["server-command"] === undefined ? undefined : listed(source["server-command"]),
    wsgi: source.wsgi,
    files: (source.files ?? []).map((file) => present(file)),
    nodeSelector: source["node-selector"],
    resources: buildResources(source.resources),
    tolerations: (source.tolerations ?? []).map((toleration) => present(toleration)),
    workspaceVolume:
      volume &&
      present({
        mountPath: volume["mount-path"],
        sizeGib: volume.size,
        storageClassName: volume["storage-class-name"],
      }),
    sharedVolumes: (source["shared-volumes"] ?? []).map((shared) =>
      present({
        pvcName: shared["pvc-name"],
        mountPath: shared["mount-path"],
        subPath: shared["sub-path"],
        readOnly: shared["read-only"] ?? false,
      }),
    ),
  }) as Endpoint;
}

/** The deployment that a checked mapping describes. */
export function buildDeployment(source: DeploymentSource): Deployment {
  return { name: source.name, defaults: plainMapping(source.defaults) };
}
