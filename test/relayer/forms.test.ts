// The order in which forms of a registration are tried, and what a revert rules out.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAfter, nameOf, plan, ruledOut } from "../../relayer/registration/forms.ts";
import type { CertificateForm, Form, ReportForm } from "../../relayer/registration/forms.ts";
import type { Revert } from "../../sdk/registry/revert.ts";

const planned = (reports: readonly ReportForm[], certificates: CertificateForm) =>
  plan(reports, certificates).map(nameOf);
const revertBy = (check: Revert["check"]): Revert => ({ check, name: "", args: [], data: "0x" });
const all = ["known-host", "new-host", "given"] as const;

describe("forms of a registration", () => {
  it("are four at most, cheapest first, and the evidence as given is the last", () => {
    assert.deepEqual(planned(all, "known-ak"), [
      "known-host+known-ak",
      "known-host",
      "new-host+known-ak",
      "given",
    ]);
    assert.deepEqual(planned(["new-host", "given"], "named-issuers"), [
      "new-host+named-issuers",
      "new-host",
      "given",
    ]);
  });

  it("are those of the report alone where the chain needs all the certificates", () => {
    assert.deepEqual(planned(all, "given"), [...all]);
    assert.deepEqual(planned(["given"], "given"), ["given"]);
  });

  it("are those of the certificates alone for evidence without a raw quote", () =>
    assert.deepEqual(planned(["given"], "known-ak"), ["given+known-ak", "given"]));

  it("end with a certificate's refusal where another try could bring certificates", () => {
    const form: Form = { report: "known-host", certificates: "known-ak" };
    assert.equal(ruledOut(form, revertBy("anchor.ak-certified")), "known-host+known-ak");
    assert.equal(ruledOut(form, revertBy("ak.issuer-unknown")), "known-host+known-ak");
    // A host, and what nobody can name, is no better with other certificates.
    assert.equal(ruledOut(form, revertBy("tdx.host-known")), "known-host");
    assert.equal(ruledOut(form, revertBy(null)), "known-host");
    assert.equal(ruledOut({ ...form, report: "given" }, revertBy(null)), "given+known-ak");
  });

  it("come after every one that is ruled out, by the names that an earlier version stored too", () => {
    const after = (name: string | null) =>
      plan(all, "known-ak")
        .filter((form) => isAfter(form, name))
        .map(nameOf);
    assert.equal(after(null).length, 4);
    assert.deepEqual(after("known-host+known-ak"), ["known-host", "new-host+known-ak", "given"]);
    assert.deepEqual(after("known-host"), ["new-host+known-ak", "given"]);
    assert.deepEqual(after("new-host"), ["given"]);
    assert.deepEqual(after("given"), []);
  });
});
