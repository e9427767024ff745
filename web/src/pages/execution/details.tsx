import type { ReactElement } from "react";
import type { ExecutionView } from "../../../../src/api/index.ts";
import { CommandText } from "../../shared/command.tsx";
import { ValueTable } from "../../shared/value-table.tsx";
import { WhyText } from "../../shared/why.tsx";

/** Shows why it ran, its command, its values, and where it ran. */
export function Details({ execution }: { readonly execution: ExecutionView }): ReactElement {
  const { number, node, run, command, parameters, environmentVariables, runtimeFacts, commit, image, environment } =
    execution;
  const facts = { ...{ code: commit, environment }, ...(image !== "" && { image }), ...runtimeFacts };
  return (
    <div className="two">
      <div className="stack">
        <section className="block">
          <h2>Why it ran</h2>
          <WhyText record={`${run}.${node}`} />
        </section>
        <section className="block">
          <h2>Command</h2>
          <pre className="diff">{command.join("\n")}</pre>
          <h3>Run it again on the command line</h3>
          <CommandText command={`headrace reproduce ${number}`} />
          <h3>Open a shell in its place, with its code and inputs</h3>
          <CommandText command={`headrace shell ${number}`} />
        </section>
      </div>
      <div className="stack">
        <Block title="Parameters" values={parameters} none="The step has none." />
        <Block title="Variables" values={environmentVariables} none="The step was given none." />
        <Block title="Where it ran" values={facts} none="" />
      </div>
    </div>
  );
}

function Block({
  title,
  values,
  none,
}: {
  readonly title: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly none: string;
}): ReactElement {
  return (
    <section className="block">
      <h2>{title}</h2>
      {Object.keys(values).length === 0 ? <p className="small quiet">{none}</p> : <ValueTable values={values} />}
    </section>
  );
}
