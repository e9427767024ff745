import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useProject } from "../frame/use-project.ts";
import { Icon } from "./icon.tsx";

export interface LineageButtonProps {
  /** The start of the lineage. */
  readonly search: { readonly datum: string } | { readonly execution: string } | { readonly run: string };
}

/** Leads to where something comes from and where it went. */
export function LineageButton({ search }: LineageButtonProps): ReactElement {
  const { address } = useProject();
  return (
    <Button
      leftSection={<Icon name="lineage" size={14} />}
      renderRoot={(props) => <Link to="/p/$owner/$name/lineage" params={address} search={search} {...props} />}
    >
      Lineage
    </Button>
  );
}
