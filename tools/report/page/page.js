// Draws the charts of a report from the JSON in the page. The verdicts do not need it: they are
// in the page as text. Everything from outside (names, paths) becomes text nodes, never markup.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const root = document.documentElement;
  const redraws = [];

  // ---- numbers as people read them
  const MIB = 1048576;
  const digits = (value) =>
    value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
  // Of an axis: "20 s", not "20.0 s".
  const short = (text) => text.replace(/(\.\d*?)0+(?= )/, "$1").replace(/\.(?= )/, "");
  const bytesText = (bytes) => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let unit = 0;
    while (bytes >= 1024 && unit < units.length - 1) {
      bytes /= 1024;
      ++unit;
    }
    return `${unit === 0 ? bytes : digits(bytes)} ${units[unit]}`;
  };
  const rateText = (mibPerSecond) => `${digits(mibPerSecond)} MiB/s`;
  const secondsText = (seconds) => {
    if (seconds === 0) return "0 s";
    if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`;
    if (seconds < 1) return `${digits(seconds * 1e3)} ms`;
    if (seconds < 120) return `${digits(seconds)} s`;
    const whole = Math.round(seconds);
    const two = (n) => String(n).padStart(2, "0");
    return whole < 3600
      ? `${Math.floor(whole / 60)}:${two(whole % 60)} min`
      : `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)} h`;
  };
  const partText = (part) => `${(part * 100).toFixed(part > 0 && part < 0.01 ? 2 : 0)} %`;

  // ---- the page
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const swatch = (name, text) => {
    const item = element("li");
    const mark = element("i");
    redraws.push(() => {
      mark.style.backgroundColor = colour(name);
      mark.style.borderColor = colour("line");
    });
    item.append(mark, text);
    return item;
  };
  const legend = (entries) => {
    const list = element("ul", "legend");
    for (const [name, text] of entries) list.append(swatch(name, text));
    return list;
  };
  const figure = (parent, title, note) => {
    const made = element("figure");
    const caption = element("figcaption", "", title);
    if (note) caption.append(" ", element("span", "soft", note));
    made.append(caption);
    parent.append(made);
    return made;
  };
  const place = (id) => document.getElementById(id);

  // Only for widths, and not within the observer's own round: drawing changes sizes again.
  const whenResized = (box, act) => {
    let last = box.clientWidth;
    new ResizeObserver(() => {
      if (box.clientWidth === last) return;
      last = box.clientWidth;
      requestAnimationFrame(act);
    }).observe(box);
  };

  // A chart in a box whose height the style sheet has reserved: nothing jumps.
  const chart = (parent, { low, label, options, series, rows, read, keys }) => {
    const box = element("div", low ? "plot low" : "plot");
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", label);
    const readout = element("div", "readout", "\u00a0");
    parent.append(box, ...(keys ? [legend(keys)] : []), readout);
    const size = () => ({ width: Math.max(box.clientWidth, 120), height: box.clientHeight });
    const axis = (more) => ({
      stroke: () => colour("ink-soft"),
      grid: { stroke: () => colour("line"), width: 1 },
      ticks: { stroke: () => colour("line"), width: 1, size: 5 },
      font: "12px system-ui, sans-serif",
      ...more,
    });
    const plot = new uPlot(
      {
        ...size(),
        legend: { show: false },
        padding: [8, 26, 0, 0],
        cursor: { y: false, drag: { x: true, y: false }, points: { show: false } },
        ...options,
        axes: options.axes.map((one, i) => axis({ ...(i === 0 ? { size: 34 } : {}), ...one })),
        series: [{}, ...series],
        hooks: {
          ...options.hooks,
          setCursor: [
            (self) => {
              const at = self.cursor.idx;
              readout.textContent = at === null || at === undefined ? "\u00a0" : read(at);
            },
          ],
        },
      },
      rows,
      box
    );
    redraws.push((width) => {
      const wanted = size();
      // At once, not in a while: paper does not wait.
      plot.batch(() => {
        plot.setSize({ ...wanted, width: width || wanted.width });
        plot.redraw(true, true);
      });
    });
    whenResized(box, () => plot.setSize(size()));
    box.dataset.points = rows[0].length;
    return plot;
  };

  // A step from the begin of each sample to its end.
  const steps = uPlot.paths.stepped({ align: 1 });

  const SERIES = [
    ["read", "read", "read_bytes"],
    ["write", "written", "written_bytes"],
    ["read-back", "read back", "read_back_bytes"],
  ];
  const STAGES = [
    ["read", "reading"],
    ["read-limit", "reading, held by a limit"],
    ["compute", "computing"],
    ["write", "writing"],
    ["write-limit", "writing, held by a limit"],
    ["read-back", "reading back"],
  ];

  const LIMITS = [
    ["read-limit", "limit of reading", "read_bytes_per_second"],
    ["write-limit", "limit of writing", "write_bytes_per_second"],
  ];

  // What `values`, each for as long as its sample, do not pass in `part` of the time.
  const within = (values, samples, part) => {
    const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
    let left = part * samples.reduce((sum, { seconds }) => sum + seconds, 0);
    return values[order.find((i) => (left -= samples[i].seconds) <= 0) ?? order.at(-1)];
  };

  // When each sample began and ended, as the charts and the readouts over time need it.
  const clockOf = ({ samples, passes }) => {
    const starts = [];
    let end = 0;
    for (const sample of samples) {
      starts.push(end);
      end += sample.seconds;
    }
    const at = (index) => Math.min(index, samples.length - 1);
    const incrs = [];
    for (let power = 1e-4; power < 0.5; power *= 10) incrs.push(power, 2 * power, 5 * power);
    incrs.push(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400);
    return {
      at,
      xs: [...starts, end],
      // The last value stands twice: a step needs an end.
      twice: (values) => [...values, values[values.length - 1]],
      time: (index) => {
        const first = starts[at(index)];
        return `${secondsText(first)} to ${secondsText(first + samples[at(index)].seconds)}`;
      },
      passAt: (index) => {
        const middle = starts[at(index)] + samples[at(index)].seconds / 2;
        const pass = passes.find((one) => one.begin_seconds <= middle && middle <= one.end_seconds);
        return pass ? ` · ${pass.name}` : "";
      },
      axis: { incrs, values: (_, ticks) => ticks.map((tick) => short(secondsText(tick))), space: 70 },
      scale: { time: false, range: [0, end] },
      cursor: { y: false, drag: { x: true }, points: { show: false }, sync: { key: "time" } },
    };
  };

  // Where the pass over each volume begins, by its name, as long as there is room for it.
  const markPasses = (passes) => (self) => {
    const { ctx, bbox } = self;
    const scale = devicePixelRatio || 1;
    ctx.save();
    ctx.font = `${11 * scale}px system-ui, sans-serif`;
    ctx.fillStyle = ctx.strokeStyle = colour("ink-soft");
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.setLineDash([3 * scale, 3 * scale]);
    ctx.lineWidth = scale;
    passes.forEach((pass, i) => {
      const at = Math.round(self.valToPos(pass.begin_seconds, "x", true));
      const next = passes[i + 1];
      const end = next ? self.valToPos(next.begin_seconds, "x", true) : bbox.left + bbox.width;
      if (at < bbox.left || end > bbox.left + bbox.width + 1 || end - at < 30 * scale) return;
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
      let name = pass.name.split("/").pop();
      while (name && ctx.measureText(name).width > end - at - 8 * scale) name = name.slice(0, -1);
      ctx.fillText(name, at + 4 * scale, bbox.top + 11 * scale);
    });
    ctx.restore();
  };

  // Each limit as it was when a sample ended; none: a gap.
  const limitCurves = (timeline) =>
    LIMITS.map(([name, text, member]) => {
      let next = 0, now = 0, done = 0;
      const values = timeline.samples.map((sample) => {
        done += sample.seconds;
        for (; next < timeline.limits.length && timeline.limits[next].at_seconds <= done; ++next)
          now = timeline.limits[next][member];
        return now > 0 ? now / MIB : null;
      });
      return { name, text, values };
    }).filter(({ values }) => values.some((value) => value !== null));

  // How high the chart is: as the fastest moment; but if that is a burst, which would leave all the
  // rest on the ground, as what is not passed in 99 % of the time. And as a limit not far above.
  const heightFor = (rates, limits, samples) => {
    const most = Math.max(0, ...rates.flat());
    const usual = Math.max(0, ...rates.map((values) => within(values, samples, 0.99)));
    const high = most > 2 * usual && usual > 0 ? 1.25 * usual : most;
    const near = limits.flatMap(({ values }) => values.filter((value) => value <= 1.5 * high));
    return { most, top: Math.max(high, ...near) || 1 };
  };

  const drawThroughput = (parent, timeline, clock) => {
    const { samples, passes } = timeline;
    const { at, twice } = clock;
    const several = passes.length > 1;
    const shown = SERIES.filter(([, , member]) => samples.some((sample) => sample[member] > 0));
    const rates = shown.map(([, , member]) =>
      samples.map((sample) => (sample.seconds > 0 ? sample[member] / sample.seconds / MIB : 0))
    );
    const limits = limitCurves(timeline);
    const limitsAt = (index) =>
      limits
        .filter(({ values }) => values[at(index)] !== null)
        .map(({ text, values }) => `${text} ${rateText(values[at(index)])}`);
    const { most, top } = heightFor(rates, limits, samples);
    const cut = most > top ? `; cut off: moments of up to ${rateText(most)}` : "";
    chart(figure(parent, "Throughput", `MiB/s${cut}`), {
      label: "Throughput over time: read, written, read back",
      options: {
        cursor: clock.cursor,
        // With names on top, if there are several.
        scales: { x: clock.scale, y: { range: [0, top * (several ? 1.2 : 1.05)] } },
        axes: [clock.axis, { size: 56 }],
        hooks: several ? { draw: [markPasses(passes)] } : {},
      },
      series: [
        ...shown.map(([name]) => ({ name, width: 2 })),
        ...limits.map(({ name }) => ({ name, width: 1.5, dash: [6, 4] })),
      ].map(({ name, ...line }) => ({
        stroke: () => colour(name),
        paths: steps,
        points: { show: false },
        ...line,
      })),
      rows: [clock.xs, ...rates.map(twice), ...limits.map(({ values }) => twice(values))],
      read: (index) =>
        `${clock.time(index)}: ${shown
          .map(([, text], i) => `${text} ${rateText(rates[i][at(index)])}`)
          .concat(limitsAt(index))
          .join(", ")}${several ? clock.passAt(index) : ""}`,
      keys: [...shown, ...limits.map(({ name, text }) => [name, text])],
    });
  };

  // Nothing limited what was hardly at work.
  const limitOf = (sample) => (sample.shares["-"] > 0.5 ? "-" : sample.limiting);

  // The strip above the stages: what limited, from sample to sample.
  const markLimiting = (samples, { xs }) => (self) => {
    const { ctx, bbox } = self;
    const height = 8 * devicePixelRatio;
    samples.forEach((sample, i) => {
      const from = Math.max(self.valToPos(xs[i], "x", true), bbox.left);
      const to = Math.min(self.valToPos(xs[i + 1], "x", true), bbox.left + bbox.width);
      if (to <= from) return;
      ctx.fillStyle = colour(limitOf(sample) === "-" ? "idle" : limitOf(sample));
      ctx.fillRect(from, bbox.top - height * 1.5, to - from + 0.5, height);
    });
  };

  // Stacked from below: each curve is the sum of the shares up to its own, painted largest first.
  const drawStages = (parent, { samples }, clock) => {
    const { at, twice } = clock;
    const stages = STAGES.filter(([name]) => samples.some((sample) => sample.shares[name] > 0));
    const sums = stages.map((_, count) =>
      samples.map((sample) =>
        stages.slice(0, count + 1).reduce((sum, [name]) => sum + (sample.shares[name] || 0), 0)
      )
    );
    const busy = figure(parent, "Where the time went", "share of the stages; the strip: what limited");
    chart(busy, {
      label: "Share of the time that each stage took, over time",
      low: true,
      options: {
        cursor: clock.cursor,
        scales: { x: clock.scale, y: { range: [0, 1] } },
        axes: [clock.axis, { size: 56, values: (_, ticks) => ticks.map(partText) }],
        padding: [20, 26, 0, 0],
        hooks: { draw: [markLimiting(samples, clock)] },
      },
      series: stages
        .map(([name]) => ({
          stroke: () => colour(name),
          fill: () => colour(name),
          width: 0,
          paths: steps,
          points: { show: false },
        }))
        .reverse(),
      rows: [clock.xs, ...sums.map(twice).reverse()],
      read: (index) => {
        const { shares } = samples[at(index)];
        const limiting = limitOf(samples[at(index)]);
        const all = stages
          .filter(([name]) => shares[name] > 0.005)
          .map(([name, text]) => `${text} ${partText(shares[name])}`);
        if (shares["-"] > 0.005) all.push(`none ${partText(shares["-"])}`);
        return `${clock.time(index)}: ${all.join(", ")}${limiting === "-" ? "" : `; limit: ${limiting}`}`;
      },
      keys: [...stages, ["idle", "none of them: preparing, syncing"]],
    });
  };

  const drawTimeline = (parent, timeline) => {
    if (timeline.samples.length === 0) {
      parent.append(element("p", "soft", "Nothing was moved."));
      return;
    }
    const clock = clockOf(timeline);
    drawThroughput(parent, timeline, clock);
    drawStages(parent, timeline, clock);
  };

  const LATENCIES = [
    ["reads", "read", "reads"],
    ["writes", "write", "writes"],
    ["read_backs", "read-back", "reads back"],
  ];

  // Ticks of a logarithmic axis. uPlot's own begin at the least value, and never end where its sum
  // with a power of ten misses the next one.
  const powerTicks = (self, _, low, high) => {
    const room = Math.max(self.width / 65, 2);
    const between = (step, digits) => {
      const ticks = [];
      for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += step)
        for (const digit of digits) {
          const tick = digit * 10 ** power;
          if (tick >= low && tick <= high) ticks.push(tick);
        }
      return ticks;
    };
    const fine = between(1, [1, 2, 5]);
    if (fine.length <= room) return fine;
    const powers = between(1, [1]);
    return powers.length <= room ? powers : between(Math.ceil(powers.length / room), [1]);
  };

  const drawLatencies = (parent, latencies) => {
    const shown = LATENCIES.filter(([member]) => latencies[member].count > 0);
    if (shown.length === 0) return;
    // One axis for all: every edge of a bar of any of them.
    const edges = new Set();
    for (const [member] of shown)
      for (const [from, to] of latencies[member].bars) {
        edges.add(from);
        edges.add(to);
      }
    const xs = [...edges].filter((edge) => edge > 0).sort((a, b) => a - b);
    const columns = shown.map(([member]) => {
      const { bars, count } = latencies[member];
      const found = new Map(bars.map(([from, , requests]) => [from, requests / count]));
      return xs.map((edge) => found.get(edge) || 0);
    });
    const lanes = figure(parent, "How long requests took", "share of the requests of each kind");
    chart(lanes, {
      label: "Distribution of the times of requests",
      low: true,
      options: {
        scales: {
          x: { time: false, distr: 3, range: [xs[0] * 0.8, xs[xs.length - 1] * 1.25] },
          y: { range: (_, low, high) => [0, high > 0 ? high * 1.05 : 1] },
        },
        axes: [
          {
            splits: powerTicks,
            filter: (_, ticks) => ticks,
            values: (_, ticks) => ticks.map((tick) => short(secondsText(tick))),
          },
          { size: 56, values: (_, ticks) => ticks.map(partText) },
        ],
      },
      series: shown.map(([, name]) => ({
        stroke: () => colour(name),
        fill: () => `${colour(name)}33`,
        width: 2,
        paths: steps,
        points: { show: false },
      })),
      rows: [xs, ...columns],
      read: (index) =>
        `from ${secondsText(xs[index])}: ${shown
          .map(([, , text], i) => `${partText(columns[i][index])} of ${text}`)
          .join(", ")}`,
      keys: shown.map(([, name, text]) => [name, text]),
    });
  };

  // ---- the map of a volume
  const KINDS = [
    ["map-database", "database"],
    ["map-log", "log stream"],
    ["map-data", "other data"],
    ["map-zero", "zero"],
    ["map-free", "not captured (free)"],
    ["map-bad", "bad"],
    ["map-unreadable", "unreadable"],
  ];

  // "cells" are runs of like ones: [how many, captured, zero, unreadable, database, log, bad, files].
  const cellsOf = (map) => {
    const cells = [];
    for (const [count, captured, zero, unreadable, database, log, bad, files] of map.cells)
      for (let i = 0; i < count; ++i)
        cells.push({ captured, zero, unreadable, database, log, bad, files: files || [] });
    return cells;
  };

  const dataOf = (cell) => Math.max(cell.captured - cell.zero - cell.unreadable, 0);

  // From below: files, other data, zeros; the rest is free. What is there at all shows, and what is
  // bad is crossed out.
  const paintCell = (ctx, cell, bytes, x, y, inner) => {
    const data = dataOf(cell);
    const files = Math.min(cell.database + cell.log, bytes);
    const layers = [
      ["map-database", cell.database],
      ["map-log", cell.log],
      ["map-data", Math.max(data - files, 0)],
      ["map-zero", Math.max(cell.captured - Math.max(data, files), 0)],
    ];
    ctx.fillStyle = colour("map-free");
    ctx.fillRect(x, y, inner, inner);
    let filled = 0;
    for (const [name, amount] of layers) {
      if (amount <= 0) continue;
      const least = name === "map-zero" ? 0 : 2;
      const height = Math.min(Math.max((amount / bytes) * inner, least), inner - filled);
      ctx.fillStyle = colour(name);
      ctx.fillRect(x, y + inner - filled - height, inner, height);
      filled += height;
    }
    for (const [name, amount] of [
      ["map-bad", cell.bad],
      ["map-unreadable", cell.unreadable],
    ]) {
      if (amount <= 0) continue;
      ctx.strokeStyle = colour(name);
      ctx.lineWidth = 2;
      ctx.strokeRect(x + 1, y + 1, inner - 2, inner - 2);
      ctx.beginPath();
      ctx.moveTo(x + 2, y + 2);
      ctx.lineTo(x + inner - 2, y + inner - 2);
      ctx.moveTo(x + inner - 2, y + 2);
      ctx.lineTo(x + 2, y + inner - 2);
      ctx.stroke();
    }
  };

  // A cell in words: where it is, what is in it, whose it is.
  const cellText = (map, cell, from, bytes) => {
    const parts = [];
    for (const [amount, text] of [
      [dataOf(cell), "data"],
      [cell.zero, "zero"],
      [bytes - cell.captured, "not captured"],
      [cell.database, "of databases"],
      [cell.log, "of log streams"],
      [cell.bad, "BAD"],
      [cell.unreadable, "UNREADABLE"],
    ])
      if (amount > 0) parts.push(`${bytesText(amount)} ${text}`);
    const names = cell.files.map((file) => (file < 0 ? "and more" : map.files[file].path));
    return (
      `from ${short(bytesText(from))} (byte ${from}): ${parts.join(", ")}` +
      (names.length > 0 ? ` · ${names.join(", ")}` : "")
    );
  };

  const drawMap = (parent, map) => {
    const cells = cellsOf(map);
    const made = figure(
      parent,
      map.name,
      `${bytesText(map.volume_bytes)}, a cell is ${short(bytesText(map.cell_bytes))}`
    );
    const box = element("div", "map");
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Map of ${map.name}; its totals are in the table below`);
    box.append(canvas);
    const readout = element("div", "readout", "\u00a0");
    made.append(box, readout);
    const bytesAt = (i) => Math.min(map.cell_bytes, map.volume_bytes - i * map.cell_bytes);
    let columns = 1;
    let edge = 1;

    const draw = (givenWidth) => {
      const width = givenWidth || box.clientWidth;
      columns = Math.min(width >= 900 ? 128 : width >= 560 ? 64 : 32, Math.max(cells.length, 1));
      edge = Math.min(Math.floor(width / columns), 18);
      const rows = Math.ceil(cells.length / columns);
      const scale = devicePixelRatio || 1;
      canvas.width = columns * edge * scale;
      canvas.height = rows * edge * scale;
      canvas.style.width = `${columns * edge}px`;
      canvas.style.height = `${rows * edge}px`;
      const ctx = canvas.getContext("2d");
      ctx.scale(scale, scale);
      cells.forEach((cell, i) =>
        paintCell(ctx, cell, bytesAt(i), (i % columns) * edge, Math.floor(i / columns) * edge, edge - 1)
      );
      canvas.dataset.cells = cells.length;
    };
    const point = (event) => {
      const column = Math.floor(event.offsetX / edge);
      const i = Math.floor(event.offsetY / edge) * columns + column;
      const inside = column >= 0 && column < columns && i >= 0 && i < cells.length;
      const text = inside ? cellText(map, cells[i], i * map.cell_bytes, bytesAt(i)) : "";
      readout.textContent = text || "\u00a0";
      canvas.title = text;
    };
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
    canvas.addEventListener("pointerleave", () => (readout.textContent = "\u00a0"));
    redraws.push(draw);
    whenResized(box, () => draw());
  };

  const drawMaps = (parent, maps) => {
    for (const map of maps) drawMap(parent, map);
    if (maps.length > 0) parent.append(legend(KINDS));
  };

  // ---- benches
  const svg = (tag, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) {
      const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
      title.textContent = text;
      made.append(title);
    }
    return made;
  };

  const drawBars = (parent, methods) => {
    const rates = methods.every((method) => method.runs.every((run) => run.bytes > 0));
    const valueOf = (run) => (rates ? run.bytes / run.wall_s / MIB : run.wall_s);
    const text = (value) => (rates ? rateText(value) : secondsText(value));
    const most = Math.max(...methods.flatMap((method) => method.runs.map(valueOf)));
    const made = figure(
      parent,
      rates ? "Throughput of each method" : "Time of each method",
      "bar: median; line: slowest to fastest; dots: the single runs"
    );
    const bars = element("div", "bars");
    for (const method of methods) {
      const values = method.runs.map(valueOf);
      const sorted = [...values].sort((a, b) => a - b);
      const half = sorted.length >> 1;
      const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
      const percent = (value) => `${(value / most) * 100}%`;
      const row = element("div", "row");
      const track = element("div", "track");
      const picture = svg("svg", { role: "img", "aria-label": `${method.name}: ${text(median)}` });
      const bar = svg("rect", { x: 0, y: "25%", height: "50%", width: percent(median) });
      const line = svg("line", {
        x1: percent(sorted[0]),
        x2: percent(sorted[sorted.length - 1]),
        y1: "50%",
        y2: "50%",
        "stroke-width": 1.5,
      });
      picture.append(bar, line);
      const dots = values.map((value, run) =>
        svg("circle", { cx: percent(value), cy: "50%", r: 3.2 }, `run ${run + 1}: ${text(value)}`)
      );
      picture.append(...dots);
      redraws.push(() => {
        bar.setAttribute("fill", colour("read-limit"));
        line.setAttribute("stroke", colour("ink"));
        for (const dot of dots) {
          dot.setAttribute("fill", colour("paper"));
          dot.setAttribute("stroke", colour("ink"));
        }
      });
      track.append(picture);
      row.append(element("div", "name", method.name), track, element("div", "value", text(median)));
      bars.append(row);
    }
    made.append(bars);
    made.dataset.bars = methods.length;
  };

  const CURVES = ["read", "write", "read-back", "compute", "write-limit", "map-log", "ink"];

  // Curves over requests in flight, one for each size of a request; over the size, if there is only
  // one number in flight.
  const drawCurves = (parent, methods) => {
    const box = element("div", "charts");
    parent.append(box);
    const distinct = (list, member) =>
      [...new Set(list.map((one) => one[member]))].sort((a, b) => a - b);
    for (const access of new Set(methods.map((method) => method.access))) {
      const those = methods.filter((method) => method.access === access);
      const overDepth = distinct(those, "iodepth").length > 1;
      const [along, each] = overDepth ? ["iodepth", "block_bytes"] : ["block_bytes", "iodepth"];
      const xs = distinct(those, along);
      if (xs.length < 2) continue;
      const alongText = (value) => (overDepth ? String(value) : short(bytesText(value)));
      const eachText = (value) => (overDepth ? short(bytesText(value)) : `${value} in flight`);
      const kinds = distinct(those, each);
      for (const [member, title, text] of [
        ["mib_per_s", "throughput", rateText],
        ["latency_p99_s", "99 % of requests within", secondsText],
      ]) {
        const rows = kinds.map((kind) =>
          xs.map((x) => {
            const found = those.find((one) => one[each] === kind && one[along] === x);
            return found ? found[member] : null;
          })
        );
        const made = figure(
          box,
          `${access}: ${title}`,
          overDepth ? "over requests in flight" : "over the size of a request"
        );
        chart(made, {
          low: true,
          label: `${access}: ${title}`,
          options: {
            // Points with even distances: powers of two.
            scales: {
              x: { time: false, range: [-0.15, xs.length - 0.85] },
              y: { range: (_, low, high) => [0, high > 0 ? high * 1.08 : 1] },
            },
            axes: [
              {
                splits: () => xs.map((_, i) => i),
                values: () => xs.map(alongText),
              },
              { size: 76, values: (_, ticks) => ticks.map((tick) => short(text(tick))) },
            ],
          },
          series: kinds.map((_, i) => ({
            stroke: () => colour(CURVES[i % CURVES.length]),
            width: 2,
            spanGaps: true,
            points: { show: true, size: 7, fill: () => colour(CURVES[i % CURVES.length]) },
          })),
          rows: [xs.map((_, i) => i), ...rows],
          read: (index) =>
            `${alongText(xs[index])}${overDepth ? " in flight" : ""}: ${kinds
              .map((kind, i) => [kind, rows[i][index]])
              .filter(([, value]) => value !== null)
              .map(([kind, value]) => `${eachText(kind)} ${text(value)}`)
              .join(", ")}`,
          keys: kinds.map((kind, i) => [CURVES[i % CURVES.length], eachText(kind)]),
        });
      }
    }
  };

  // ---- all of it
  const sections = [
    ["timeline", () => drawTimeline(place("timeline"), data.timeline)],
    ["latencies", () => drawLatencies(place("latencies"), data.latencies)],
    ["maps", () => drawMaps(place("maps"), data.maps)],
    ["bars", () => drawBars(place("bars"), data.bench.methods)],
    ["curves", () => drawCurves(place("curves"), data.bench.methods)],
  ];
  for (const [id, draw] of sections)
    if (place(id)) {
      draw();
      place(id).dataset.drawn = "yes";
    }
  const redraw = (width) => redraws.forEach((one) => one(width));
  redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
  // Paper is white, and about this wide.
  addEventListener("beforeprint", () => {
    root.dataset.theme = "light";
    redraw(660);
  });
  addEventListener("afterprint", () => {
    delete root.dataset.theme;
    redraw();
  });
  root.dataset.report = "drawn";
})();
