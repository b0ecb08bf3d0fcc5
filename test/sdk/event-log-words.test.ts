// The boot in words: what real logs prove, with register and event; what no digest covers is never said as a fact.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ascii, concat, sha256 } from "../../sdk/evidence/bytes.ts";
import { printable, printableBytes, textOf } from "../../sdk/evidence/logs/text.ts";
import { bootStatements, judgeLogs } from "../../sdk/verify/boot/index.ts";
import {
  assertSays,
  globalGuid,
  hexOf,
  judgeWritten,
  le,
  mustFindBank,
  mustFindLog,
  noLogs,
  quotedAs,
  wordsOf,
  writtenLog,
  writtenVariable,
} from "../support/event-logs.ts";

function wordsOfReal(name: string): string[] {
  const { logs, quoted } = mustFindLog(name);
  return wordsOf(judgeLogs(logs, quoted.at(-1)!));
}

describe("GCP: Ubuntu 24.04 on SEV-SNP", () => {
  const words = wordsOfReal("eventlog-ubuntu-2404-amd-sevsnp");
  it("firmware and Secure Boot", () =>
    assertSays(
      words,
      "firmware version: GCE Virtual Firmware v2 [PCR 0 1]",
      "confidential technology: AMD SEV-SNP [PCR 0 2]",
      "Secure Boot: off [PCR 7 3]",
      "Secure Boot PK: 1 certificate (newpk) [PCR 7 4]",
      "Secure Boot KEK: 1 certificate (Microsoft Corporation KEK CA 2011) [PCR 7 5]",
      "Secure Boot db: 2 certificates (Microsoft Corporation UEFI CA 2011; Microsoft Windows Production PCA 2011) [PCR 7 6]",
      "Secure Boot dbx: 371 SHA-256 hashes [PCR 7 7]",
    ));
  it("shim, GRUB, kernel and command line", () =>
    assertSays(
      words,
      "boot application: sha256 724de6844dd0fe618ba5776c7bca0728be38a6544e24e44ef259b987b7abce80 {partition 15 (fc24e8b6-5e8c-4396-aadd-2c6a9a43b92d)/\\EFI\\ubuntu\\shimx64.efi (shim or default loader)} [PCR 4 25]",
      "boot application: sha256 5e8cb75acdf8e09e5fc14cc2d6ce0c2288af208976d97309851c661e91ec1e03 {\\EFI\\ubuntu\\grubx64.efi (GRUB)} [PCR 4 30]",
      "loader variable: SbatLevel: sbat,1,2021030218 [PCR 7 28]",
      "loaded file: sha256 a6cdd6ff491ff19d4f940fa8123753b7d423421469001b5f81628323a81f287b {/vmlinuz-6.8.0-1010-gcp (kernel)} [PCR 9 104]",
      "kernel command line: /vmlinuz-6.8.0-1010-gcp root=PARTUUID=8270f3c9-b4e4-4345-80ee-5a62db7ebf3f ro console=ttyS0,115200 panic=-1 [PCR 8 105]",
      "boot loader: 71 commands, each hashed [PCR 8 33]",
      "boot phase: Exit Boot Services Returned with Success [PCR 5 116]",
    ));
});

describe("GCP: Container-Optimized OS and a GKE node as a TD", () => {
  it("COS 101: images signed by Google's key, GRUB's quotes in the command line", () => {
    const words = wordsOfReal("eventlog-cos-101-amd-sev");
    assertSays(
      words,
      "Secure Boot: on [PCR 7 3]",
      "image signer: UEFI DB Key v10 (db) [PCR 7 20]",
      "image signer: UEFI DB Key v10 (db) [PCR 7 27]",
    );
    const line = words.find((each) => each.startsWith("kernel command line: "));
    assert.match(line!, /^kernel command line: \/syslinux\/vmlinuz\.A init=.* "?dm=.*\[PCR 8 46\]$/);
    assert.ok(!line!.includes("{"));
  });
  it("COS 85: a shim whose authority event hashes something else is not believed", () => {
    const words = wordsOfReal("eventlog-cos-85-amd-sev");
    const unverified = words.filter((each) => each.startsWith("image authority: sha256 "));
    assert.equal(unverified.length, 2);
    assert.ok(unverified.every((each) => each.includes("{a variable that cannot be read}")));
  });
  it("unified kernel image: RTMR 2 has files besides, so which section a digest is of is the log's word", () =>
    assertSays(
      wordsOfReal("ccel-grub-gke"),
      "Secure Boot: off [RTMR 0 5]",
      "loader measurement: sha384 2807a2f1d2ee8c51ecb6dd3f3fda47b0f1336a4bb2768e1980e66818e2fbe4554ce8bda7f381adc1d176a2f869fefc93 {unified kernel image section .linux} [RTMR 2 22]",
      "loader measurement: sha384 df6024107c34b0b6d06b01e5515464eee8158cf440c6c6c1a6be273746a11fbac84960870622768ecbfd7a3061939416 {unified kernel image section .cmdline} [RTMR 2 26]",
      "loader measurement: sha384 2b6b1037266ad17f82eb9819f7f4392ea2037c3585a1b2d08ad4668333b80e391dc590408c9ae45af65f4481c101f464 {unified kernel image section .initrd} [RTMR 2 28]",
    ));
});

describe("unified kernel images", () => {
  const section = { pcr: 11, type: 0xd, data: new Uint8Array(Buffer.from(".linux\0", "utf16le")) };
  it("PCR 11 has sections alone: the name is hashed, the content behind it", () => {
    const log = writtenLog(
      { ...section, digest: sha256(ascii(".linux\0")) },
      { ...section, digest: sha256(ascii("kernel")) },
    );
    assert.deepEqual(wordsOf(judgeWritten(log)), [
      `unified kernel image section .linux: sha256 ${hexOf(sha256(ascii("kernel")))} [PCR 11 2]`,
    ]);
  });
  it("a hashed text behind a name is no section", () => {
    const log = writtenLog(
      { ...section, digest: sha256(ascii(".linux\0")) },
      { pcr: 11, type: 0xd, data: ascii("enter-initrd") },
    );
    assert.deepEqual(wordsOf(judgeWritten(log)), ["loader text: enter-initrd [PCR 11 2]"]);
  });
  it("a name that is not hashed is none", () => {
    const words = wordsOf(judgeWritten(writtenLog({ ...section, digest: sha256(ascii("kernel")) })));
    assert.deepEqual(words, [
      `loaded file: sha256 ${hexOf(sha256(ascii("kernel")))} {.linux (kernel)} [PCR 11 1]`,
    ]);
  });
});

describe("other machines", () => {
  it("td-shim: the payload's text is hashed, its name is not", () =>
    assertSays(
      wordsOfReal("ccel-td-shim"),
      "text for the payload: root=/dev/vda1 console=hvc0 rw {td_payload_info} [RTMR 1 5]",
    ));
  it("OVMF: kernel given directly, Linux's stub measures initrd and options", () => {
    const words = wordsOfReal("ccel-ovmf");
    assertSays(words, "Secure Boot: off (not set) [RTMR 0 3]", "Secure Boot db: empty [RTMR 0 6]");
    assert.ok(
      words.some((each) => /^kernel stub measurement: sha384 [0-9a-f]{96} \{Linux initrd\}/.test(each)),
    );
  });
  it("a board whose version event hashes something else has no version", () => {
    const words = wordsOfReal("eventlog-gdc-host");
    assert.ok(!words.some((each) => each.startsWith("firmware version")));
    assert.ok(words.some((each) => /^firmware measurement: sha256 [0-9a-f]{64} \{/.test(each)));
    assertSays(words, "firmware action: DMA Protection Disabled [PCR 7 18]");
  });
  it("systemd-boot: the command line is an unverified description", () => {
    const words = wordsOfReal("eventlog-arch-linux-workstation");
    assert.ok(
      words.some((each) => /^loader text: sha256 [0-9a-f]{64} \{initrd=\\intel-ucode\.img /.test(each)),
    );
    assertSays(words, "firmware version: 546bfb1e-1d0c-4055-a4ad-4ef4bf17b83a [PCR 0 1]");
  });
});

describe("log.description: whoever rewrites what no digest covers", () => {
  const { bytes, quoted } = mustFindLog("eventlog-ubuntu-2404-amd-sevsnp");
  const wide = (text: string) => Buffer.from(text, "utf16le");
  const rewritten = (from: Uint8Array, to: Uint8Array) => {
    const log = Buffer.from(bytes);
    assert.equal(from.length, to.length);
    log.set(to, log.indexOf(from));
    return judgeLogs({ ...noLogs, eventLog: new Uint8Array(log) }, quoted.at(-1)!);
  };

  it("changes what is said to be unverified, and nothing else", () => {
    const before = bootStatements(
      judgeLogs(mustFindLog("eventlog-ubuntu-2404-amd-sevsnp").logs, quoted.at(-1)!),
    );
    const after = bootStatements(rewritten(wide("grubx64.efi"), wide("signed1.efi")));
    const facts = (statements: typeof before) => statements.map(({ subject, proven }) => [subject, proven]);
    assert.deepEqual(facts(after), facts(before));
    const changed = after.filter(({ unverified }, at) => unverified !== before[at]!.unverified);
    assert.deepEqual(
      changed.map(({ unverified }) => unverified),
      ["\\EFI\\ubuntu\\signed1.efi"],
    );
  });

  it("cannot make another command line of a hashed one", () => {
    const words = wordsOf(rewritten(ascii("kernel_cmdline: /vmlinuz"), ascii("kernel_cmdline: /vmlinux")));
    assert.ok(!words.some((each) => each.startsWith("kernel command line")));
    assert.ok(
      words.some((each) => /^loader text: sha256 [0-9a-f]{64} \{kernel_cmdline: \/vmlinux-/.test(each)),
    );
  });

  it("cannot make a kernel command line of another command by its label", () => {
    const words = wordsOf(
      judgeWritten(
        writtenLog({
          pcr: 8,
          type: 0xd,
          data: ascii("kernel_cmdline: set a=b\0"),
          digest: sha256(ascii("set a=b")),
        }),
      ),
    );
    assertSays(words, "loader text: set a=b {a kernel command line} [PCR 8 1]");
  });
});

describe("RTMR 2, which has commands and files", () => {
  it("a file of the text of a command line is none", () => {
    const hash = mustFindBank("sha384").hash!;
    const { bytes } = mustFindLog("ccel-grub");
    const event = (label: string, text: string) => {
      const [data, digest] = [ascii(`${label}: ${text}\0`), hash(ascii(text))];
      return concat(le(3, 4), le(0xd, 4), le(1, 4), le(12, 2), digest, le(data.length, 4), data);
    };
    // 65 bytes: the event with the algorithm table.
    const texts = [event("grub_cmd", "linux /vmlinuz ro"), event("kernel_cmdline", "/vmlinuz ro")];
    const ccel = concat(bytes.subarray(0, 65), ...texts);
    const value = [ascii("linux /vmlinuz ro"), ascii("/vmlinuz ro")].reduce(
      (register, text) => hash(register, hash(text)),
      new Uint8Array(48),
    );
    assert.deepEqual(wordsOf(judgeLogs({ ...noLogs, ccel }, quotedAs([["RTMR 2", value]]))), [
      "loader text: linux /vmlinuz ro {a boot command} [RTMR 2 1]",
      "loader text: /vmlinuz ro {a kernel command line} [RTMR 2 2]",
      "boot loader: 2 commands, each hashed [RTMR 2 1]",
    ]);
  });
});

describe("who extended later than the firmware", () => {
  const variable = (value: number) => writtenVariable(globalGuid, "SecureBoot", Uint8Array.of(value));
  const hostInfo = (technology: number) =>
    concat(ascii("GCE NonHostInfo\0"), Uint8Array.of(technology), new Uint8Array(15));
  const separator = (pcr: number, type = 4) => ({ pcr, type, data: new Uint8Array(4) });

  for (const type of [4, 5])
    it(`cannot say Secure Boot or technology for it, whatever type the separator is given (${type})`, () => {
      const log = writtenLog(
        { pcr: 7, type: 0x80000001, data: variable(0) },
        { pcr: 0, type: 0x11, data: hostInfo(0) },
        separator(7, type),
        separator(0, type),
        { pcr: 7, type: 0x80000001, data: variable(1) },
        { pcr: 0, type: 0x11, data: hostInfo(4) },
      );
      const words = wordsOf(judgeWritten(log));
      assertSays(words, "Secure Boot: off [PCR 7 1]", "confidential technology: none [PCR 0 2]");
      assert.equal(words.filter((each) => /^(Secure Boot|confidential)/.test(each)).length, 2);
    });

  it("cannot say it by a variable that is not hashed, under a type that need not be", () => {
    const event = { pcr: 7, type: 5, data: variable(1), digest: sha256(variable(0)) };
    assert.deepEqual(wordsOf(judgeWritten(writtenLog(event))), []);
  });

  it("cannot say it in another register", () => {
    const words = wordsOf(judgeWritten(writtenLog({ pcr: 8, type: 0x80000001, data: variable(1) })));
    assert.deepEqual(words, []);
    const image = { type: 0x80000003, data: new Uint8Array(32), digest: new Uint8Array(32).fill(1) };
    const wordsIn = (pcr: number) => wordsOf(judgeWritten(writtenLog({ pcr, ...image })));
    assert.deepEqual(wordsIn(9), []);
    assert.deepEqual(wordsIn(4), [`boot application: sha256 ${"01".repeat(32)} [PCR 4 1]`]);
  });
});

describe("text of logs", () => {
  it("prints no control character and nothing that turns the line", () => {
    assert.equal(printable("a\u001b[2Jb\u202ec\n"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}");
    assert.equal(printableBytes(Uint8Array.of(0x61, 0xff, 0, 10, 0)), "a\ufffd");
  });
  it("is UTF-16 or UTF-8", () => {
    assert.equal(textOf(new Uint8Array(Buffer.from("v1\0", "utf16le"))), "v1");
    assert.equal(textOf(ascii("MokList\0")), "MokList");
    assert.equal(textOf(Uint8Array.of(1, 2, 3, 4)), null);
  });
  it("ends a megabyte of NULs in no time and is cut to be read", () => {
    const data = new Uint8Array(1 << 20);
    data[data.length - 1] = 0x61;
    assert.match(printableBytes(data), /… \(1048576 bytes\)$/);
    assert.equal(textOf(data), null);
  });
});
