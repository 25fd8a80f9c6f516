// How a report looks, and what its script does.
#include <taper/train/plot/svg.h>
#include <taper/train/report_parts.h>

namespace taper::training {

std::string report_style() {
  return plot::style_sheet() +
         R"(:root{color-scheme:light dark;--page:#f4f5f7;--paper:#fff;--ink:#1b1f24;--soft:#59626d;--grid:#e6e9ed;--line:#dfe3e8;
--accent:#0068b0;--right:0,104,176;--wrong:210,75,0;--on:#fff;--mid:var(--ink);--alarm:#b3261e}
@media (prefers-color-scheme:dark){:root{--page:#0e1116;--paper:#161b21;--ink:#e6e9ec;--soft:#98a2ad;--grid:#272e36;--line:#2a323b;
--accent:#4da3ff;--right:77,163,255;--wrong:255,143,74;--on:#0e1116;--mid:var(--on);--alarm:#ff8a80}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Inter,"Helvetica Neue","DejaVu Sans",sans-serif}
main{max-width:1120px;margin:0 auto;padding:40px 24px 72px}
h1{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.015em;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:19px;line-height:1.3;font-weight:620;letter-spacing:-.005em;margin:0 0 16px}
h3{font-size:14px;line-height:1.4;font-weight:600;margin:0 0 8px}
p{margin:0}
.soft,.note,figcaption,summary{color:var(--soft)}
.note,figcaption{font-size:13px;line-height:1.45}
header{position:relative}
.status{float:right;font-size:13px;font-weight:600;padding:3px 12px 3px 10px;border:1px solid var(--line);border-radius:99px;background:var(--paper)}
.status::before{content:"";display:inline-block;width:8px;height:8px;border-radius:50%;margin-right:8px;background:var(--soft)}
.s1::before{background:#d99a00}.s2::before{background:#1f9d63}.s3::before{background:var(--alarm)}
.alarm{margin-top:16px;padding:10px 14px;border-radius:8px;border:1px solid var(--alarm);color:var(--alarm);font-weight:600}
progress{display:block;width:100%;height:6px;margin-top:20px;accent-color:var(--accent)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:1px;margin:24px 0 0;border:1px solid var(--line);border-radius:12px;overflow:hidden;background:var(--paper)}
.tiles div{box-shadow:0 0 0 1px var(--line);padding:14px 18px 13px}
.tiles dt{font-size:13px;color:var(--soft)}
.tiles dd{margin:1px 0 0;font-size:24px;line-height:1.25;font-weight:620;letter-spacing:-.01em;font-variant-numeric:tabular-nums;white-space:nowrap}
.tiles dd.note{font-size:12px;line-height:1.5;font-weight:400;letter-spacing:0;white-space:normal}
nav{display:flex;flex-wrap:wrap;gap:4px 22px;margin:20px 0 0;font-size:14px}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
section{margin-top:44px}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,480px),1fr));gap:20px}
.card,figure.chart{margin:0;background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:16px 18px;min-width:0}
.card+.card,.card+.grid,.grid+.card{margin-top:20px}.grid>.card+.card{margin-top:0}
figure.chart{position:relative;display:flex;flex-direction:column}
figure.chart details{margin-top:auto;padding-top:8px}
svg.plot{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,Inter,"DejaVu Sans",sans-serif}
.plot .f{stroke:var(--line)}
.wide+.note{margin-top:12px}
details{margin-top:8px;font-size:13px}
summary{cursor:pointer;width:max-content}
details[open] summary{margin-bottom:8px}
.wide{overflow:auto;max-height:480px}.wide.all{max-height:none}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:5px 12px 5px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid);overflow-wrap:anywhere}
thead th{color:var(--soft);font-weight:500;white-space:nowrap;overflow-wrap:normal;border-bottom-color:var(--line)}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:0}
th.n,td.n{text-align:right;padding:5px 0 5px 12px;white-space:nowrap}
.bar{display:block;height:10px;min-width:2px;border-radius:2px;background:var(--accent);margin-top:5px}
.pairs table{table-layout:fixed}.pairs td:first-child{width:38%;color:var(--soft)}
td.b{width:34%;padding:5px 0 5px 22px}
table.matrix{width:auto;margin:0 auto;border-spacing:2px;border-collapse:separate}
.matrix th,.matrix td{border:0;padding:0;text-align:center;vertical-align:middle;font-size:12px;font-weight:500}
.matrix td{min-width:37px;height:34px;border-radius:4px;background:var(--grid);color:var(--soft)}
.matrix th{color:var(--soft);padding:0 7px;max-width:110px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.matrix th[scope=row]{text-align:right}
.matrix .r{background:rgba(var(--right),var(--a));color:var(--ink)}.matrix .w{background:rgba(var(--wrong),var(--a));color:var(--ink)}
.matrix .on{color:var(--on)}.matrix .mid{color:var(--mid)}.matrix .z{background:none;color:var(--line)}
.matrix .side{padding:0 6px 8px;font-weight:400;text-align:center}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(112px,1fr));gap:18px 14px;list-style:none;margin:0;padding:0}
.mistakes img{display:block;width:100%;max-width:140px;height:auto;image-rendering:pixelated;border-radius:6px;border:1px solid var(--line);background:#000}
.mistakes b{font-weight:600}
.mistakes div{font-size:12.5px;line-height:1.4;margin-top:6px;overflow-wrap:anywhere}
.tip,.cursor{position:absolute;pointer-events:none}
.cursor{width:1px;background:var(--soft)}
.tip{z-index:1;background:var(--paper);border:1px solid var(--line);border-radius:8px;box-shadow:0 4px 16px rgba(0,0,0,.16);padding:7px 10px;font-size:12px;line-height:1.5;white-space:nowrap;font-variant-numeric:tabular-nums}
.tip i{display:inline-block;width:9px;height:9px;border-radius:2px;margin-right:7px;background:var(--c)}
[hidden]{display:none}
@media (max-width:560px){main{padding:24px 14px 48px}h1{font-size:25px}.status{float:none;width:max-content;margin-bottom:10px}}
@media print{body{background:none}.card,figure.chart,.tiles{break-inside:avoid}nav,details{display:none}}
)";
}

std::string report_script() {
  // Without the signs that begin markup, so that the page is well-formed as XML, too.
  return R"("use strict";
for (const figure of document.querySelectorAll("figure[data-curves]")) {
  const frame = figure.querySelector("rect.f"), curves = JSON.parse(figure.dataset.curves);
  const low = Number(frame.dataset.low), high = Number(frame.dataset.high);
  const tip = document.createElement("div"), cursor = document.createElement("div");
  tip.className = "tip plot";
  cursor.className = "cursor";
  tip.hidden = cursor.hidden = true;
  figure.append(cursor, tip);
  const row = (text, color) => {
    const line = document.createElement("div");
    if (color) line.append(Object.assign(document.createElement("i"), {className: color}));
    line.append(text);
    tip.append(line);
  };
  figure.addEventListener("pointermove", (event) => {
    const box = frame.getBoundingClientRect(), outer = figure.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const x = low + part * (high - low);
    const nearest = (curve) => curve.x.reduce((best, each, i) => Math.abs(curve.x[best] - x) > Math.abs(each - x) ? i : best, 0);
    tip.replaceChildren();
    row(figure.dataset.x + " " + x.toPrecision(3));
    for (const curve of curves) {
      const y = curve.y[nearest(curve)];
      row(curve.label + "  " + (y === null ? "–" : Number(y.toPrecision(4))), curve.color);
    }
    tip.hidden = cursor.hidden = false;
    cursor.style.cssText = "left:" + (box.left - outer.left + part * box.width) + "px;top:" + (box.top - outer.top) + "px;height:" + box.height + "px";
    const left = box.left - outer.left + part * box.width + 12;
    tip.style.left = (left + tip.offsetWidth > outer.width ? left - tip.offsetWidth - 24 : left) + "px";
    tip.style.top = box.top - outer.top + 8 + "px";
  });
  figure.addEventListener("pointerleave", () => { tip.hidden = cursor.hidden = true; });
}
)";
}

}  // namespace taper::training
