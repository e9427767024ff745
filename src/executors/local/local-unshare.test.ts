import { testExecutor } from "../conformance.ts";

testExecutor("local, unshare", {
  module: new URL("./conformance-subject.ts", import.meta.url),
  variant: "unshare",
  isolated: "view",
});
