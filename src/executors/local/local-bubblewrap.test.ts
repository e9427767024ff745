import { testExecutor } from "../conformance.ts";

testExecutor("local, bubblewrap", {
  module: new URL("./conformance-subject.ts", import.meta.url),
  variant: "bubblewrap",
  isolated: "view",
});
