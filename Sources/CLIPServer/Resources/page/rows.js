// Justified rows: every picture of a row has the same height and every row has the full width.

/// Sets the size of each tile in `list`. A tile carries its ratio in data-ratio; any other child
/// (the divider) ends a row.
export function layOut(list) {
  const width = list.clientWidth;
  const style = getComputedStyle(list);
  const target = parseFloat(style.getPropertyValue("--row"));
  if (!width || !target) return;
  const gap = parseFloat(style.columnGap) || 0;
  let row = [];
  let sum = 0;

  const finish = (height) => {
    for (const tile of row) {
      // A hair less than exact, so that rounding never pushes the last one into the next row.
      tile.style.setProperty("--width", `${Math.floor(100 * Number(tile.dataset.ratio) * height) / 100 - 0.02}px`);
      tile.style.setProperty("--height", `${height.toFixed(2)}px`);
    }
    row = [];
    sum = 0;
  };
  const fullHeight = () => (width - gap * (row.length - 1)) / sum;

  for (const tile of list.children) {
    if (!tile.classList.contains("tile")) {
      finish(Math.min(target, row.length ? fullHeight() : target));
      continue;
    }
    const before = row.length ? fullHeight() : Infinity;
    row.push(tile);
    sum += Number(tile.dataset.ratio);
    const after = fullHeight();
    if (after > target) continue;
    // One picture fewer makes a taller row: take whichever is nearer to the wished height.
    if (row.length > 1 && before - target < target - after) {
      const last = row.pop();
      sum -= Number(last.dataset.ratio);
      finish(before);
      row = [last];
      sum = Number(last.dataset.ratio);
      if (fullHeight() <= target) finish(fullHeight());
    } else {
      finish(after);
    }
  }
  if (row.length) finish(Math.min(target, fullHeight()));
}
