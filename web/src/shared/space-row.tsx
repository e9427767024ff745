import type { ReactElement } from "react";

/** Holds the place of the rows of a long table that are out of sight. */
export function SpaceRow({ px, width }: { readonly px: number; readonly width: number }): ReactElement {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row cannot have the focus
    <tr aria-hidden="true">
      <td colSpan={width} style={{ height: px, padding: 0 }} />
    </tr>
  );
}
