import "./styles/index.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { newQueryClient } from "./api/queries.ts";
import { newRouter } from "./router.tsx";
import { theme } from "./theme.ts";

const queries = newQueryClient(() => {
  const { pathname, href } = router.state.location;
  if (pathname !== "/log-in") void router.navigate({ to: "/log-in", search: { next: href }, replace: true });
});
const router = newRouter(queries);

const root = document.querySelector("#root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
      deduplicateInlineStyles={false}
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
