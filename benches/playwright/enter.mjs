// Enters the portal's claim with Playwright: one document for every line on stdin, its milliseconds on stdout.
// Arguments: Chromium's file, the portal's address, user, password, and the claim as JSON [[label, value, way], …].

import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [executablePath, address, user, password, claim, sandbox] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, chromiumSandbox: sandbox === "sandbox" });
const context = await browser.newContext({ viewport: { width: 1280, height: 1024 }, locale: "ja-JP" });
const page = await context.newPage();
await page.goto(`${address}/login`);
await page.getByLabel("職員番号", { exact: true }).fill(user);
await page.getByLabel("パスワード", { exact: true }).fill(password);
await page.getByRole("button", { name: "ログイン", exact: true }).click();
await page.getByRole("heading", { name: "メニュー" }).waitFor();

async function enter() {
  await page.goto(`${address}/claims/new`);
  for (const [label, value, way] of JSON.parse(claim)) {
    const control = page.getByLabel(label, { exact: true });
    if (way === "fill") await control.fill(value);
    else if (way === "select") await control.selectOption({ label: value });
    else await page.getByRole("group", { name: label, exact: true }).getByLabel(value, { exact: true }).check();
  }
  await page.getByRole("button", { name: "確認画面へ", exact: true }).click();
  await page.getByRole("button", { name: "登録", exact: true }).click();
  const receipt = await page.locator("#receipt").textContent();
  await page.screenshot();
  return receipt;
}

console.log("ready");
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  await enter();
  console.log((performance.now() - start).toFixed(1));
}
await browser.close();
