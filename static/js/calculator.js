// The mortgage calculator while typing: the same sums and the same words as on the server.

const root = document.querySelector("[data-calculator]");
const form = root.querySelector("form");
const one = (selector) => document.querySelector(selector);
const money = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const noise = /[\s€%]|EUR/gi;
const plainNumber = /^[+-]?(\d+\.?\d*|\.\d+)$/;

function readMoney(typed) {
  const text = typed.replace(noise, "");
  if (/^\d{1,3}([,.']\d{3})+$/.test(text)) return text.replace(/\D/g, "");
  if (text.split(",").length === 2 && !text.includes(".")) return text.replace(",", ".");
  return text.replaceAll(",", "");
}

function readNumber(typed) {
  return typed.replace(noise, "").replaceAll(",", ".");
}

function within(text, least, most, places) {
  if (!plainNumber.test(text) || (text.split(".")[1] || "").length > places) return null;
  const number = Number(text);
  return number >= least && number <= most ? number : null;
}

function readForm() {
  const typed = (name) => form.elements.namedItem(name).value;
  const price = within(readMoney(typed("price")), 1000, 20e6, 2);
  const ownFunds = within(readMoney(typed("own_funds")), 0, 20e6, 2);
  const years = within(readNumber(typed("years")), 1, 40, 2);
  const rate = within(readNumber(typed("rate")), 0, 15, 3);
  if ([price, ownFunds, years, rate].includes(null)) return null;
  if (ownFunds >= price || !Number.isInteger(years)) return null;
  return { price, ownFunds, years, rate };
}

function calculate({ price, ownFunds, years, rate }) {
  const loan = Number((price - ownFunds).toFixed(2));
  const months = years * 12;
  const monthly = rate / 1200;
  const exact = monthly ? (loan * monthly) / (1 - (1 + monthly) ** -months) : loan / months;
  const repayment = Math.round(exact * 100) / 100;
  const { averageFrom, highFrom } = root.dataset;
  const segment = repayment < Number(averageFrom) ? "LOW" : repayment < Number(highFrom) ? "AVERAGE" : "HIGH";
  return { loan, repayment, interest: repayment * months - loan, segment };
}

function show() {
  const asked = readForm();
  one("[data-result]").hidden = !asked;
  one("[data-nothing]").hidden = Boolean(asked);
  const works = one(".works");
  if (works) works.hidden = !asked;
  if (!asked) return;

  const { loan, repayment, interest, segment } = calculate(asked);
  const whole = Number.isInteger(loan) ? loan.toLocaleString("en-GB") : money.format(loan);
  const words = { repayment: money.format(repayment), loan: whole, interest: money.format(interest), years: asked.years };
  for (const [name, text] of Object.entries(words)) one(`[data-out="${name}"]`).textContent = text;
  for (const way of root.querySelectorAll("[data-way]")) way.hidden = way.dataset.way !== segment;

  const parameters = {
    segment,
    subject: "mortgage",
    "metadata[price]": asked.price,
    "metadata[own_funds]": asked.ownFunds,
    "metadata[years]": asked.years,
    "metadata[rate]": asked.rate,
    "metadata[loan]": loan,
    "metadata[repayment]": repayment.toFixed(2),
  };
  const url = `/schedule/?${new URLSearchParams(parameters)}`;
  one("[data-schedule]").href = url;
  if (!works) return;
  one("[data-link]").textContent = url;
  for (const [name, value] of Object.entries(parameters)) {
    one(`[data-parameter="${name}"]`).textContent = value;
  }
}

form.addEventListener("input", show);
show();
