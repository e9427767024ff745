import type { Command } from "commander";
import { type Cli, toJson } from "../cli.ts";
import { withExamples } from "../examples.ts";

export function addSchema(program: Command, cli: Cli): void {
  const command = program
    .command("schema")
    .description("the JSON Schema of valohai.yaml, for editors")
    .action(async () => {
      const { configJsonSchema } = await import("../../config/index.ts");
      cli.out.lines([toJson(configJsonSchema())]);
    });
  withExamples(command, [["headrace schema > valohai.schema.json", "then name it in your editor's YAML settings"]]);
}
