/** @file Prints the made-up table of docs/your-table.md: semicolons, decimal commas, missing cells, a rare class. */

let state = 20260101;
function random() {
  state = (state * 1103515245 + 12345) % 2 ** 31;
  return state / 2 ** 31;
}
const bell = () => random() + random() + random() + random() - 2;
const choose = (words) => words[Math.floor(random() * words.length)];
const withComma = (number, digits) => number.toFixed(digits).replace(".", ",");

console.log("order;date;branch;weight_kg;price;express;outcome");
for (let i = 0; i < 3000; i++) {
  const date = `${1 + Math.floor(random() * 28)}.${1 + Math.floor(random() * 12)}.2025`;
  const branch = choose(["Bern", "Zürich", "Genève"]);
  const weight = Math.max(0.1, 4 + 3 * bell());
  const price = Math.max(3, 30 + 20 * bell());
  const isExpress = random() < 0.3;
  const trouble =
    0.6 * weight + 0.04 * price - (isExpress ? 1.2 : 0) + (branch === "Genève" ? 0.8 : 0) + 0.6 * bell();
  const outcome = trouble > 5.6 ? "lost" : trouble > 3.4 ? "late" : "on time";
  const weighed = random() < 0.05 ? "" : withComma(weight, 1);
  const paid = random() < 0.03 ? "k.A." : withComma(price, 2);
  console.log([10_000 + 7 * i, date, branch, weighed, paid, isExpress ? "yes" : "no", outcome].join(";"));
}
