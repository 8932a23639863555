"""How the page looks."""

STYLE = """
:root { color: #1f2328; background: #fff; font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif }
body { max-width: 64rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.8rem; line-height: 1.25; margin: 0 }
h2 { font-size: 1.3rem; margin: 3rem 0 .5rem; border-top: 2px solid #1f2328; padding-top: 1rem }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem }
p { margin: .4rem 0 .8rem; max-width: 48rem }
.lead, .quiet { color: #59636e } .quiet { font-size: .875rem }
.banner { border-radius: 8px; padding: .75rem 1rem; margin: 1.25rem 0; font-weight: 600 }
.banner { max-width: none }
.good { background: #dafbe1; color: #0a4b1c } .bad { background: #ffebe9; color: #82071e }
.tiles { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)) }
.tile, .card { border: 1px solid #d1d9e0; border-radius: 8px; padding: .75rem 1rem }
.tile b { display: block; font-size: 1.9rem; line-height: 1.2; font-variant-numeric: tabular-nums }
.side { display: grid; gap: 1.5rem; grid-template-columns: minmax(0, 1fr) 15rem }
.side svg { width: 100%; height: auto; display: block }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 600; color: #59636e; font-size: .875rem }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid #e4e7eb; vertical-align: top }
.gates td:first-child { white-space: nowrap }
.chip { display: inline-block; border-radius: 999px; padding: .05rem .65rem; font-size: .875rem }
.chip { font-weight: 600; white-space: nowrap }
.valid, .stay { background: #dafbe1; color: #0a4b1c } .test { background: #fff8c5; color: #633c01 }
.refused, .emergency { background: #ffebe9; color: #82071e }
.call { background: #ffe2c9; color: #762c00 }
.days { display: grid; gap: .75rem; margin-top: .75rem }
.day { display: grid; gap: 0 1rem; grid-template-columns: 7.5rem minmax(0, 1fr) }
.day p { margin: .15rem 0 }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1rem; margin: 0 }
dt { color: #59636e } dd { margin: 0 }
img { max-width: 100%; height: auto; display: block; margin: 1rem 0 }
details { margin-top: 1rem } summary { cursor: pointer; font-weight: 600 }
@media (max-width: 40rem) {
  .side, .day { grid-template-columns: minmax(0, 1fr) } .side svg { max-width: 15rem }
}
@media print { body { max-width: none } .card, img, tr { break-inside: avoid } }
"""
