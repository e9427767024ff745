import * as z from "zod";
import { boolean, exactlyOne, keyedMapping, listOf, mapping, oneOf, openMapping, text, textOrTexts } from "./fields.ts";
import { endpointResourcesSchema } from "./parts.ts";

const fileSchema = mapping("file", "A file that the endpoint needs, such as a model.", {
  name: text("Name by which pipelines and deployments refer to the file."),
  path: text("Where the file is put, relative to the working directory."),
  description: text("Help text.").optional(),
});

const tolerationSchema = mapping(
  "toleration",
  "A Kubernetes toleration.",
  {
    key: text("Taint that is tolerated; may be absent only with `operator: Exists`.").optional(),
    operator: oneOf(["Exists", "Equal"], "How the value is compared.", "Equal").optional(),
    value: text("Value of the taint.").optional(),
    effect: oneOf(
      ["PreferNoSchedule", "NoSchedule", "NoExecute"],
      "Effect that is tolerated; all unless set.",
    ).optional(),
  },
  {
    check: (value) =>
      "key" in value || value.operator === undefined || value.operator === "Exists"
        ? undefined
        : { code: "missing-key", message: "a toleration needs `key` unless its operator is `Exists`" },
    jsonSchema: { anyOf: [{ required: ["key"] }, { properties: { operator: { const: "Exists" } } }] },
  },
);

export const endpointSchema = mapping(
  "endpoint",
  "A service that a deployment offers over HTTP.",
  {
    name: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]+$/,
        "lower-case letters, digits and dashes, beginning with a letter, two characters or more",
      )
      .meta({ description: "Name of the endpoint; part of its URL." }),
    image: text("Docker image that the endpoint runs in."),
    description: text("Help text.").optional(),
    port: z.number().min(1025).max(65535).meta({ description: "Port of the HTTP server.", default: 8000 }).optional(),
    "server-command": textOrTexts("Command that runs the HTTP server.").optional(),
    wsgi: text("WSGI application to serve: `module` or `module:callable`.").optional(),
    files: listOf(fileSchema, "Files that the endpoint needs.").optional(),
    "node-selector": z
      .string()
      .regex(/=/, "`label=value`")
      .meta({ description: "Kubernetes node selector, `label=value`." })
      .optional(),
    resources: endpointResourcesSchema.optional(),
    tolerations: listOf(tolerationSchema, "Kubernetes tolerations.").optional(),
    "workspace-volume": keyedMapping("workspace-volume", "A Kubernetes volume that each replica gets for itself.", {
      "mount-path": text("Absolute path of the volume as the endpoint sees it."),
      size: z.int().min(1).meta({ description: "Size in GiB." }),
      "storage-class-name": text("Kubernetes storage class.").optional(),
    }).optional(),
    "shared-volumes": listOf(
      mapping("shared-volume", "An existing Kubernetes volume claim.", {
        "pvc-name": text("Name of the volume claim."),
        "mount-path": text("Absolute path of the volume as the endpoint sees it."),
        "sub-path": text("Folder within the volume.").optional(),
        "read-only": boolean("Whether the endpoint may only read.", false).optional(),
      }),
      "Existing Kubernetes volume claims to attach.",
    ).optional(),
  },
  exactlyOne("an endpoint", "server-command", "wsgi"),
);

export const deploymentSchema = mapping(
  "deployment",
  "A place for endpoints, with what is needed to create it when a pipeline first deploys there.",
  {
    name: text("Name of the deployment; unique within the file."),
    defaults: openMapping("Values for creating the deployment; `target` names the cluster.").optional(),
  },
);

export type EndpointSource = z.infer<typeof endpointSchema>;
export type DeploymentSource = z.infer<typeof deploymentSchema>;
