// The built page, from the visitor's side.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { analyse, columns, count, download, ended, id, isDrawn, open, runAgain, start, trySample, visit } from "./support.mjs";

let site;
before(async () => { site = await start(); });
after(async () => { await site?.close(); });

const onPage = (options, body) => visit(site, options, body);

/** Keeps every layout shift; `isExpected` are those within half a second of a click, which browsers do not hold against a page. */
const watchShifts = () => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      window.shifts.push({ value, isExpected: hadRecentInput, what: sources.map(({ node }) => node?.className || node?.nodeName) });
    }
  }).observe({ type: "layout-shift", buffered: true });
};

const SMALL = "name,bytes_in,bytes_out\n" + Array.from({ length: 40 }, (_, i) => `s${i},${1000 + 7 * i},${500 + 3 * i}`).join("\n")
  + "\nodd,900000,5\n";

describe("the main job", () => {
  test("the sample gives counts, table, plots and downloads", () => onPage({}, async (page) => {
    await trySample(page);
    const nGroups = await page.locator('[data-testid="groups"] .card').count();
    assert.ok(nGroups > 3, `${nGroups} cards of groups as soon as it is ready`);
    const [read, scored, flagged] = [await count(page, "rows-read"), await count(page, "rows-scored"), await count(page, "flagged-count")];
    assert.ok(read >= 2000 && scored <= read && flagged > 0.04 * scored && flagged < 0.06 * scored, `${read} ${scored} ${flagged}`);
    for (const chart of ["chart-scatter", "chart-timeline", "chart-scores"]) {
      await isDrawn(page, chart, 2000);
    }
    await id(page, "flagged-table").locator("td:not(.pending):not([colspan])").first().waitFor();
    const rows = await id(page, "flagged-table").locator("tbody tr:not(.spacer)").count();
    assert.ok(rows > 10 && rows < 60, `${rows} rows in the document`);

    const suspicious = await download(page, "download-suspicious");
    assert.equal(suspicious.name, "suspicious_results.csv");
    assert.equal(columns(suspicious.bytes).anomaly.length, flagged);
    const summary = await download(page, "download-summary");
    assert.equal(summary.name, "traffic_stats_summary.csv");
    assert.match(summary.bytes.toString(), /^,bytes_in,bytes_out,duration_seconds\ncount,/);
    const all = columns((await download(page, "download-scored")).bytes);
    assert.equal(all.score.filter((score) => score !== "").length, scored);
    assert.equal(all.anomaly.filter((verdict) => verdict === "Suspicious").length, flagged);
    const plot = await download(page, "download-scatter");
    assert.equal(plot.name, "anomaly_scatter_plot.png");
    assert.equal(plot.bytes.toString("latin1", 1, 4), "PNG");
    assert.deepEqual([plot.bytes.readUInt32BE(16), plot.bytes.readUInt32BE(20)], [1600, 1200]);
  }));

  for (const [screen, viewport] of [["wide", { width: 1440, height: 900 }], ["narrow", { width: 390, height: 844 }]]) {
    test(`nothing jumps between the empty page and the result, ${screen}`, () => onPage({ viewport, before: watchShifts }, async (page) => {
      await trySample(page);
      await page.waitForTimeout(1000); // what is put in place later
      const shifts = await page.evaluate(() => window.shifts);
      const sum = (some) => some.reduce((sum, { value }) => sum + value, 0);
      const seen = JSON.stringify(shifts, null, 1);
      assert.ok(sum(shifts.filter(({ isExpected }) => !isExpected)) < 0.01, `after the first half second: ${seen}`);
      assert.ok(sum(shifts) < 0.1, `with what follows the click: ${seen}`);
    }));
  }

  test("User Timing says how long each stage took", () => onPage({}, async (page) => {
    await trySample(page);
    const names = await page.evaluate(() => performance.getEntriesByType("measure").map((entry) => entry.name));
    for (const stage of ["read", "fit", "score", "report", "draw", "analysis"]) assert.ok(names.includes(`isolog:${stage}`), stage);
  }));

  test("settings change the result, and the same seed brings it back", () => onPage({}, async (page) => {
    await trySample(page);
    const result = async () => [await count(page, "flagged-count"), await id(page, "threshold").innerText()];
    const first = await result();
    await id(page, "setting-seed").fill("7");
    assert.equal(await runAgain(page), "ready");
    assert.notDeepEqual(await result(), first, "another seed");
    await id(page, "setting-seed").fill("42");
    await id(page, "setting-contamination").fill("auto");
    assert.equal(await runAgain(page), "ready");
    assert.equal((await result())[1], "-0.5");
    await id(page, "setting-contamination").fill("0.05");
    assert.equal(await runAgain(page), "ready");
    assert.deepEqual(await result(), first, "the first settings again");
    await id(page, "setting-trees").fill("20");
    await id(page, "setting-max-samples").fill("0.5");
    await id(page, "setting-max-features").fill("1");
    await id(page, "setting-bootstrap").check();
    await id(page, "setting-scale").uncheck();
    await id(page, "feature-duration_seconds").uncheck();
    assert.equal(await runAgain(page), "ready");
    const summary = (await download(page, "download-summary")).bytes.toString();
    assert.match(summary, /^,bytes_in,bytes_out\n/);
    assert.doesNotMatch((await download(page, "download-suspicious")).bytes.toString(), /scaled_/);
  }));

  test("only the threshold moves when only contamination changes", () => onPage({}, async (page) => {
    await trySample(page);
    await page.evaluate(() => performance.clearMeasures());
    await id(page, "setting-contamination").fill("0.01");
    assert.equal(await runAgain(page), "ready");
    const names = await page.evaluate(() => performance.getEntriesByType("measure").map((entry) => entry.name));
    assert.ok(!names.includes("isolog:fit") && names.includes("isolog:report"), names.join());
  }));

  test("run leaves ready in the same task", () => onPage({}, async (page) => {
    await trySample(page);
    const stage = await page.evaluate(() => {
      document.querySelector('[data-testid="run"]').click();
      return document.querySelector('[data-testid="status"]').dataset.stage;
    });
    assert.notEqual(stage, "ready");
    assert.equal(await ended(page), "ready");
  }));

  test("a rolled seed is a new one", () => onPage({}, async (page) => {
    await trySample(page);
    await id(page, "new-seed").click();
    const seed = await id(page, "setting-seed").inputValue();
    assert.match(seed, /^\d+$/);
    assert.ok(seed !== "42" && Number(seed) < 2 ** 32);
  }));
});

describe("ways in", () => {
  test("dropped", () => onPage({}, async (page) => {
    const transfer = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "dropped.csv"));
      return transfer;
    }, SMALL);
    await id(page, "drop-zone").dispatchEvent("drop", { dataTransfer: transfer });
    assert.equal(await ended(page), "ready");
    assert.equal(await count(page, "rows-read"), 41);
  }));

  test("two files at once are refused with a word", () => onPage({}, async (page) => {
    const transfer = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      for (const name of ["a.csv", "b.csv"]) transfer.items.add(new File([text], name));
      return transfer;
    }, SMALL);
    await id(page, "drop-zone").dispatchEvent("drop", { dataTransfer: transfer });
    assert.match(await id(page, "problem").innerText(), /2 files were dropped/);
  }));

  test("a folder is told from a file", () => onPage({}, async (page) => {
    // no test can drop a folder: the entry says that it is one
    const transfer = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([""], "logs.csv"));
      DataTransferItem.prototype.webkitGetAsEntry = () => ({ isDirectory: true, name: "logs.csv" });
      return transfer;
    });
    await id(page, "drop-zone").dispatchEvent("drop", { dataTransfer: transfer });
    assert.match(await id(page, "problem").innerText(), /“logs.csv” is a folder, not a file.*drop the log that is in it/s);
  }));

  test("pasted anywhere", () => onPage({}, async (page) => {
    await page.evaluate((text) => {
      const transfer = new DataTransfer();
      transfer.setData("text/plain", text);
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
    }, SMALL);
    assert.equal(await ended(page), "ready");
    assert.equal(await count(page, "rows-read"), 41);
  }));

  test("pasted into the box, by keyboard alone", () => onPage({}, async (page) => {
    const tabTo = async (target) => {
      for (let i = 0; i < 40; i += 1) {
        await page.keyboard.press("Tab");
        if (await target.evaluate((element) => element === document.activeElement)) return;
      }
      assert.fail("the keyboard does not get there");
    };
    await tabTo(page.locator(".paste summary"));
    await page.keyboard.press("Enter");
    await tabTo(id(page, "paste"));
    await page.keyboard.insertText(SMALL);
    await tabTo(id(page, "analyse-pasted"));
    await page.keyboard.press("Enter");
    assert.equal(await ended(page), "ready");
    await tabTo(id(page, "setting-contamination"));
    await page.keyboard.press("Control+A");
    await page.keyboard.type("0.1");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector('[data-testid="flagged-count"]').textContent === "4");
    await tabTo(id(page, "download-suspicious"));
    const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    assert.equal(file.suggestedFilename(), "suspicious_results.csv");
  }));

  test("another file replaces the first, and the same file can be opened again", () => onPage({}, async (page) => {
    await trySample(page);
    assert.equal(await analyse(page, "small.csv", SMALL), "ready");
    assert.equal(await count(page, "rows-read"), 41);
    assert.equal(await analyse(page, "small.csv", SMALL), "ready");
    // scikit-learn's count for these rows, and 4 for a contamination of 0.1
    assert.equal(await count(page, "flagged-count"), 2);
  }));
});

describe("bad input", () => {
  const wide = (n) => Array.from({ length: n }, (_, i) => `c${i}`).join() + "\n"
    + Array.from({ length: 20 }, (_, row) => Array.from({ length: n }, (_, i) => (row * i * 7919) % 101).join()).join("\n");
  const files = {
    "empty.csv": ["", /file is empty/i],
    "header.csv": ["a,b,c\n", /no rows/i],
    "words.csv": ["a,b\nx,y\nz,w\n", /none of the 2 columns holds numbers/i],
    "binary.bin": [Buffer.from([0x4d, 0x5a, 0, 1, 2, 0, 0, 255, 0, 7]), /not a text file/i],
    "log.csv.gz": [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), /gzip/i],
    "utf16.csv": [Buffer.from("\ufeffa,b\n1,2\n", "utf16le"), /UTF-16/],
    "ragged.csv": ["a,b\n1,2,3\n4,5,6\n", /line 2/i],
    "quote.csv": ["a,b\n1,2\n3,\"4\n5,6\n7,8\n", /line 3/i],
  };
  for (const [name, [content, words]] of Object.entries(files)) {
    test(`${name} is refused in words, and the page goes on`, () => onPage({}, async (page) => {
      assert.equal(await analyse(page, name, content), "failed");
      assert.match(await id(page, "problem").innerText(), words);
      assert.equal(await analyse(page, "small.csv", SMALL), "ready");
      assert.equal(await id(page, "problem").count(), 0);
    }));
  }

  test("rows that cannot be used are counted with their line", () => onPage({}, async (page) => {
    const text = SMALL + "short,1\nlong,1,2,3\nbad,x,7\nnone,,9\nodd,900000,5\n";
    assert.equal(await analyse(page, "mixed.csv", text), "ready");
    assert.equal(await count(page, "rows-read"), 46);
    assert.equal(await count(page, "rows-scored"), 41);
    const words = await id(page, "warnings").innerText();
    for (const expected of [/1 row has fewer fields.*line 43/, /1 row has more fields.*line 44/, /not a number/, /no value/, /repeats an earlier/]) {
      assert.match(words, expected);
    }
    const scored = columns((await download(page, "download-scored")).bytes);
    assert.deepEqual(scored.bytes_in.slice(-2), ["x", ""], "what cannot be scored is kept as it is");
    assert.deepEqual(scored.anomaly.slice(-2), ["Not scored", "Not scored"]);
  }));

  test("of six hundred columns the page shows some, and more when asked", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "wide.csv", wide(600)), "ready");
    const shown = (selector) => page.locator(selector).count();
    assert.equal(await shown(".feature"), 100);
    assert.equal(await shown('[data-testid="statistics"] th[scope="col"]'), 50);
    assert.ok(await shown('[data-testid="flagged-table"] thead th') <= 100);
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    assert.ok(nodes < 15_000, `${nodes} elements`);

    const more = page.locator(".features").getByTestId("show-more");
    assert.match(await more.innerText(), /100 more of 600/);
    await more.click();
    assert.equal(await shown(".feature"), 200);
    await page.locator(".features input[type=search]").fill("c599");
    assert.equal(await shown(".feature"), 1);

    // every column can be an axis: those beyond the first come when the list is about to open
    assert.ok(await shown('[data-testid="scatter-x"] option') <= 201);
    await id(page, "scatter-x").focus();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="scatter-x"] option').length === 601);
    await id(page, "scatter-x").selectOption("c599");
    await page.waitForFunction(() => document.querySelector('[data-testid="chart-scatter"]').getAttribute("aria-label").includes("c599"));
  }));

  test("a cell and a name of a million characters hold nothing up, and both ends are shown", () => onPage({}, async (page) => {
    const [cell, name] = [`start${"x".repeat(1_000_000)}end`, `first${"n".repeat(1_000_000)}last`];
    const rows = Array.from({ length: 40 }, (_, i) => `s${i % 5},${1000 + 7 * i},${500 + 3 * i}`);
    const began = Date.now();
    assert.equal(await analyse(page, "long.csv", `src_ip,bytes_in,${name}\n${rows.join("\n")}\n${cell},900000,5\n`), "ready");
    for (const chart of ["chart-scatter", "chart-flows"]) if (await id(page, chart).count()) await id(page, chart).scrollIntoViewIfNeeded();
    await id(page, "flagged-table").locator("tbody tr.can-open").first().click();
    await id(page, "details").waitFor();
    assert.ok(Date.now() - began < 20_000, `${Date.now() - began} ms`);
    const longest = await page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      let longest = "";
      while (walker.nextNode()) if (walker.currentNode.data.length > longest.length) longest = walker.currentNode.data;
      return longest;
    });
    assert.ok(longest.length > 1000 && longest.length <= 2100, `${longest.length} characters`);
    const texts = await page.locator("td, th").allTextContents();
    assert.ok(texts.some((text) => /^startx+…x+end$/.test(text.trim())), "the cell, cut in the middle");
    const scored = (await download(page, "download-scored")).bytes.toString();
    assert.ok(scored.includes(cell) && scored.includes(name), "the file has all of both");
  }));

  test("one row, equal rows and five hundred columns are analysed", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "one.csv", "a,b\n1,2\n"), "ready");
    assert.equal(await count(page, "flagged-count"), 0);
    assert.match(await id(page, "warnings").innerText(), /only one row/i);
    assert.equal(await analyse(page, "equal.csv", "id,a\nx,5\ny,5\nz,5\n"), "failed");
    assert.match(await id(page, "problem").innerText(), /has the same value in all rows/i);
    assert.equal(await analyse(page, "wide.csv", wide(500)), "ready");
    assert.equal(await count(page, "rows-scored"), 20);
  }));

  const settings = [
    ["setting-contamination", "0"], ["setting-contamination", "0.6"], ["setting-contamination", "many"], ["setting-contamination", ""],
    ["setting-seed", "-1"], ["setting-seed", "4294967296"], ["setting-max-samples", "0"], ["setting-max-samples", "1.5"],
    ["setting-trees", "0"], ["setting-trees", "1e9"], ["setting-max-features", "99"],
  ];
  test("settings that do not fit are named, and the result stays", () => onPage({}, async (page) => {
    await trySample(page);
    const before = await count(page, "flagged-count");
    for (const [setting, text] of settings) {
      const good = await id(page, setting).inputValue();
      await id(page, setting).fill(text);
      assert.equal(await runAgain(page), "failed", `${setting} = ${text}`);
      assert.ok((await id(page, "problem").innerText()).length > 40, `${setting} = ${text}`);
      assert.equal(await count(page, "flagged-count"), before);
      await id(page, setting).fill(good);
      assert.equal(await runAgain(page), "ready");
    }
  }));
});

describe("workers", () => {
  /** Has the first worker that is asked for this die of it. */
  const killBy = (asked) => ({ content: `(${kill})("${asked}")` });
  const kill = (asked) => {
    const Plain = Worker;
    let isDue = true;
    window.Worker = class extends Plain {
      postMessage(message, ...rest) {
        super.postMessage(message, ...rest);
        if (!isDue || !(message[1] === asked || message[1]?.[asked])) return;
        isDue = false;
        queueMicrotask(() => this.dispatchEvent(new ErrorEvent("error", { message: "out of memory" })));
      }
    };
  };
  // rows enough that a run takes a while
  const long = () => "a,b,c\n" + Array.from({ length: 300_000 }, (_, i) => `${(i * 7919) % 10007},${(i * 31) % 977},${i % 13}.5`).join("\n");

  test("a run can be cancelled and taken up again", () => onPage({}, async (page) => {
    // pressed from within the page: a run is over before a click from outside has arrived
    const pressed = page.waitForFunction(() => {
      const cancel = document.querySelector('[data-testid="cancel"]');
      cancel?.click();
      return cancel !== null;
    });
    await id(page, "file-input").setInputFiles({ name: "long.csv", mimeType: "text/csv", buffer: Buffer.from(long()) });
    await pressed;
    assert.equal(await ended(page), "cancelled");
    await id(page, "setting-trees").fill("5");
    assert.equal(await runAgain(page), "ready");
    assert.equal(await count(page, "rows-read"), 300_000);
  }));

  test("a file given during a run takes its place", () => onPage({}, async (page) => {
    await id(page, "file-input").setInputFiles({ name: "long.csv", mimeType: "text/csv", buffer: Buffer.from(long()) });
    assert.equal(await analyse(page, "small.csv", SMALL), "ready");
    assert.equal(await count(page, "rows-read"), 41);
  }));

  test("a worker that dies is a problem in words, and a second try works", () => onPage({ before: killBy("Read") }, async (page) => {
    assert.equal(await analyse(page, "long.csv", long()), "failed");
    assert.match(await id(page, "problem").innerText(), /worker stopped while reading the file \(out of memory\)/);
    assert.equal(await analyse(page, "small.csv", SMALL), "ready");
  }));

  /** Has the first worker that is asked for this close without a word. */
  const closeBy = (asked) => ({ content: `(${close})(${JSON.stringify(asked)})` });
  const close = (asked) => {
    const Plain = Blob;
    let isDue = true;
    window.Blob = class extends Plain {
      constructor(parts, options) {
        const isScript = isDue && options?.type === "text/javascript";
        const ending = `addEventListener("message", (event) => {
          if (!(event.data[1] === "${asked}" || event.data[1]?.["${asked}"])) return;
          event.stopImmediatePropagation();
          close();
        });`;
        super(isScript ? [ending, ...parts] : parts, options);
      }
    };
    // those that are started after the first one has ended live
    window.spare = () => { isDue = false; };
  };

  for (const [asked, doing, file] of [["Read", "reading the file", long], ["Fit", "growing the forest", () => SMALL]]) {
    test(`a worker that ends without a word over ${asked} is a problem in words, and a second try works`, () => onPage({ before: closeBy(asked) }, async (page) => {
      await id(page, "file-input").setInputFiles({ name: "a.csv", mimeType: "text/csv", buffer: Buffer.from(file()) });
      await page.waitForFunction(() => document.querySelector('[data-testid="status"]').dataset.stage === "failed", null, { timeout: 10_000 });
      assert.match(await id(page, "problem").innerText(), new RegExp(`worker stopped while ${doing} \\(the browser ended it\\)`));
      await page.evaluate(() => window.spare());
      assert.equal(await runAgain(page), "ready");
      assert.equal(await analyse(page, "small.csv", SMALL), "ready");
    }));
  }

  /** Workers have no locks, as on a page that is not served securely. */
  const withoutLocks = () => {
    const Plain = Blob;
    window.Blob = class extends Plain {
      constructor(parts, options) {
        const isScript = options?.type === "text/javascript";
        super(isScript ? ["delete WorkerNavigator.prototype.locks;", ...parts] : parts, options);
      }
    };
  };

  test("workers without locks work all the same", () => onPage({ before: withoutLocks }, async (page) => {
    await trySample(page);
    assert.equal(await analyse(page, "long.csv", long()), "ready");
  }));

  test("what drives the flags is said to be unknown if the worker dies over it", () => onPage({ before: killBy("Importance") }, async (page) => {
    await trySample(page);
    await id(page, "problem").waitFor();
    assert.match(await id(page, "problem").innerText(), /worker stopped while (explaining rows|filtering the sessions|reading rows again)/);
    // text far from view is not laid out, so it is looked for in the document
    const says = (words) => page.waitForFunction((words) => document.querySelector('[data-testid="drivers"]').textContent.includes(words), words);
    await says("Not known: the workers ended");
    assert.equal(await runAgain(page), "ready");
    await says("bytes_out");
  }));

  /** Keeps the workers at hand. */
  const keepAll = () => {
    const Plain = Worker;
    window.workers = [];
    window.Worker = class extends Plain {
      constructor(...rest) {
        super(...rest);
        window.workers.push(this);
      }
    };
  };

  test("a worker that trapped while nobody waited says so when it is asked", () => onPage({ before: keepAll }, async (page) => {
    await trySample(page);
    await page.waitForTimeout(2000); // until nothing is asked for any more
    // whoever takes a message that is no list apart traps
    await page.evaluate(() => window.workers.forEach((worker) => worker.postMessage(null)));
    await page.waitForTimeout(500);
    await id(page, "threshold-percent").fill("20");
    await id(page, "threshold-percent").press("Enter");
    await id(page, "problem").waitFor();
    assert.match(await id(page, "problem").innerText(), /worker stopped while moving the threshold/);
    assert.equal(await analyse(page, "small.csv", SMALL), "ready");
    assert.equal(await id(page, "problem").count(), 0);

    await page.waitForTimeout(2000);
    await page.evaluate(() => window.workers.forEach((worker) => worker.postMessage(null)));
    await page.waitForTimeout(500);
    await id(page, "download-suspicious").click();
    await id(page, "problem").waitFor();
    assert.match(await id(page, "problem").innerText(), /worker stopped while writing the file/);
    assert.equal(await runAgain(page), "ready", "it reads the file again");
    assert.equal(await count(page, "rows-read"), 41);
  }));

  test("a run that fails at once says so each time", () => onPage({}, async (page) => {
    await trySample(page);
    await id(page, "setting-trees").fill("none");
    for (const _ of ["first", "second"]) {
      assert.equal(await runAgain(page), "failed");
      assert.equal(await id(page, "status").getAttribute("data-stage"), "failed");
    }
  }));
});

describe("the promise", () => {
  test("a loaded page can ask for nothing, not even from its own site", async () => {
    const { page, context } = await open(site);
    await trySample(page);
    const outcome = await page.evaluate(async () => {
      const own = location.href;
      const tries = {
        fetch: () => fetch(own),
        foreign: () => fetch("https://example.org/"),
        xhr: () => new Promise((yes, no) => {
          const request = new XMLHttpRequest();
          request.onload = yes;
          request.onerror = no;
          request.open("GET", own);
          request.send();
        }),
        image: () => new Promise((yes, no) => {
          const image = new Image();
          image.onload = yes;
          image.onerror = no;
          image.src = `${own}pixel.png?leak`;
        }),
        socket: () => new Promise((yes, no) => {
          const socket = new WebSocket(own.replace("http", "ws"));
          socket.onopen = yes;
          socket.onerror = no;
        }),
        script: () => new Promise((yes, no) => {
          const script = document.createElement("script");
          script.onload = yes;
          script.onerror = no;
          script.src = `${own}leak.js`;
          document.head.append(script);
        }),
      };
      const outcome = {};
      for (const [name, attempt] of Object.entries(tries)) {
        outcome[name] = await attempt().then(() => "got out", () => "blocked");
      }
      return outcome;
    });
    assert.deepEqual(new Set(Object.values(outcome)), new Set(["blocked"]), JSON.stringify(outcome));
    await context.close();
  });

  test("no element of a loaded page can ask its own site for anything", async () => {
    const { page, context } = await open(site);
    await trySample(page);
    site.asked.length = 0;
    const looks = () => page.evaluate(() => {
      const { color, fontFamily } = getComputedStyle(document.querySelector("h1, h2"));
      return [color, fontFamily, document.styleSheets.length];
    });
    const before = await looks();
    await page.evaluate(async () => {
      const link = (rel, as) => {
        const element = document.createElement("link");
        Object.assign(element, { rel, crossOrigin: ["font", "fetch"].includes(as) ? "anonymous" : null });
        if (as) element.as = as;
        element.href = `leak-${rel}-${as ?? "none"}`;
        document.head.append(element);
      };
      for (const rel of ["stylesheet", "alternate stylesheet", "modulepreload", "manifest", "icon", "apple-touch-icon", "prerender", "next"]) link(rel);
      for (const as of ["style", "script", "image", "font", "fetch", "track", "video", "audio", "document", "worker"]) {
        link("preload", as);
        link("prefetch", as);
      }
      link("prefetch");
      const put = (html) => document.body.insertAdjacentHTML("beforeend", html);
      put('<img src="leak-img"><img srcset="leak-srcset 1x"><video src="leak-video" poster="leak-poster"></video><audio src="leak-audio"></audio>');
      put('<iframe src="leak-iframe"></iframe><embed src="leak-embed"><object data="leak-object"></object><input type="image" src="leak-input">');
      put('<svg><image href="leak-svg-image"/><use href="leak-use#a"/></svg><link rel="stylesheet" href="leak-html-sheet">');
      put('<style>@import "leak-import"; h2 { background: url(leak-style-image) } @font-face { font-family: leak; src: url(leak-style-font) }</style>');
      put('<p style="background: url(leak-attribute); cursor: url(leak-cursor), auto; list-style-image: url(leak-list)">x</p>');
      const video = document.createElement("video");
      video.innerHTML = '<track src="leak-track" default kind="captions">';
      video.textTracks[0].mode = "showing";
      document.body.append(video);
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("h2 { background: url(leak-sheet-image); } @font-face { font-family: other; src: url(leak-sheet-font); } p { font-family: other; }");
      document.adoptedStyleSheets = [sheet];
      new FontFace("leak", "url(leak-font)").load().catch(() => {});
      for (const fields of [{ src: "leak-script" }, { src: "leak-module", type: "module" },
        { type: "speculationrules", textContent: '{"prefetch":[{"source":"list","urls":["leak-speculation"]}]}' }]) {
        document.head.append(Object.assign(document.createElement("script"), fields));
      }
      navigator.sendBeacon("leak-beacon", "x");
      fetch("leak-kept", { keepalive: true }).catch(() => {});
      await navigator.serviceWorker?.register("leak-service-worker").catch(() => {});
      document.adoptedStyleSheets = [];
    });
    await page.waitForTimeout(1500);
    assert.deepEqual(site.asked, [], "nothing arrives");
    assert.deepEqual((await looks()).slice(0, 2), before.slice(0, 2), "the page keeps its own looks");
    await context.close();
  });

  test("a worker can ask for nothing either", async () => {
    const { page, context } = await open(site);
    const outcome = await page.evaluate((own) => new Promise((done) => {
      const code = `fetch(${JSON.stringify(own)}).then(() => postMessage("got out"), () => postMessage("blocked"))`;
      const worker = new Worker(URL.createObjectURL(new Blob([code])));
      worker.onmessage = (event) => done(event.data);
    }), site.address);
    assert.equal(outcome, "blocked");
    await context.close();
  });

  test("everything works offline once loaded", async () => {
    const { page, context } = await open(site);
    await context.setOffline(true);
    await trySample(page);
    assert.equal((await download(page, "download-suspicious")).name, "suspicious_results.csv");
    await context.close();
  });
});

describe("looks", () => {
  test("what can be read while the program loads is what the page says then", () => onPage({}, async (page) => {
    const words = (root) => ["h1", ".lead"].map((part) => root.querySelector(part).textContent);
    const later = await page.evaluate(`(${words})(document)`);
    const loading = await (await fetch(site.address)).text();
    const first = await page.evaluate(`(${words})(new DOMParser().parseFromString(${JSON.stringify(loading)}, "text/html"))`);
    assert.deepEqual(first, later);
  }));

  for (const width of [360, 768, 1280, 2200]) {
    test(`nothing sticks out at ${width} px`, () => onPage({ viewport: { width, height: 800 } }, async (page) => {
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(await overflow(), 0, "empty");
      await trySample(page);
      assert.equal(await overflow(), 0, "result");
    }));
  }
});
