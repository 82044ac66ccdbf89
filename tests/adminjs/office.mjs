// AdminJS, in Japanese, over one table of an office: `office.mjs FOLDER`, which holds its database.
//
// Prints its address once it listens. Nothing of the pages is written here; they are what `npm ci` brings: one page drawn
// by React, which asks and sends by XMLHttpRequest.

import fs from "node:fs";
import path from "node:path";
import { setTimeout as later } from "node:timers/promises";
import express from "express";
import libsql from "libsql";
import { BaseEntity, DataSource, EntitySchema } from "typeorm";

// It looks at these as it is loaded: its scripts are put together once, by whichever starts first.
const folder = path.resolve(process.argv[2]);
const scripts = path.join(import.meta.dirname, "scripts");
const bundled = () => fs.existsSync(path.join(scripts, "bundle.js"));
process.env.NODE_ENV = "production";
process.env.ADMIN_JS_TMP_DIR = scripts;
process.env.ADMIN_JS_SKIP_BUNDLE = String(bundled());
process.chdir(import.meta.dirname);
const { default: AdminJS } = await import("adminjs");
const { default: AdminJSExpress } = await import("@adminjs/express");
const { Database, Resource } = await import("@adminjs/typeorm");

class Subsidy extends BaseEntity {}

const text = (options = {}) => ({ type: String, nullable: true, ...options });
const table = new EntitySchema({
  target: Subsidy,
  name: "subsidies",
  tableName: "subsidies",
  columns: {
    id: { type: Number, primary: true, generated: true },
    number: text({ nullable: false, unique: true }),
    name: text({ nullable: false }),
    kana: text(),
    birth: { type: "date", nullable: true },
    address: text(),
    kind: text({ nullable: false }),
    amount: { type: Number, nullable: true },
    consent: { type: Boolean, nullable: true },
    remarks: { type: "text", nullable: true },
    entered_by: text(),
    entered_at: text(),
  },
});

/** What the office does not take, in its own words. */
async function refused(subsidy) {
  const wrong = (property, says) => [{ property, constraints: { office: says } }];
  if (!/^\d{6}$/.test(subsidy.number ?? "")) return wrong("number", "受付番号は6桁の数字です");
  const same = await Subsidy.findOneBy({ number: subsidy.number });
  return same && same.id !== subsidy.id ? wrong("number", "この受付番号は登録済みです") : [];
}

const tokyo = () => new Date(Date.now() + 9 * 3600 * 1000).toISOString().slice(0, 19).replace("T", " ");

async function stamped(request, { currentAdmin }) {
  if (request.method === "post") Object.assign(request.payload, { entered_by: currentAdmin.email, entered_at: tokyo() });
  return request;
}

const labels = {
  number: "受付番号", name: "申請者氏名", kana: "フリガナ", birth: "生年月日", address: "住所", kind: "助成の種類",
  amount: "申請額", consent: "同意", remarks: "備考", entered_by: "登録者", entered_at: "登録日時",
};
const KINDS = ["住宅改修", "家具転倒防止", "雨水タンク", "太陽光発電", "蓄電池", "生ごみ処理機", "生垣", "耐震診断", "防犯カメラ"];
const entered = ["number", "name", "kana", "birth", "address", "kind", "amount", "consent", "remarks"];

const database = new DataSource({
  type: "better-sqlite3", driver: libsql, database: path.join(folder, "office.sqlite3"), entities: [table], synchronize: true,
});
await database.initialize();
Subsidy.useDataSource(database);
AdminJS.registerAdapter({ Database, Resource });
Resource.validate = refused;

const admin = new AdminJS({
  rootPath: "/admin",
  databases: [],
  resources: [{
    resource: Subsidy,
    options: {
      editProperties: entered,
      listProperties: ["number", "name", "kind", "entered_by", "entered_at"],
      filterProperties: ["number"],
      properties: {
        remarks: { type: "textarea" },
        birth: { type: "date" },
        kind: { availableValues: KINDS.map((label) => ({ value: label, label })) },
        number: { isTitle: true },
      },
      actions: { new: { before: [stamped] } },
    },
  }],
  locale: {
    language: "ja", availableLanguages: ["ja"],
    translations: { ja: { labels: { subsidies: "助成申請", Subsidy: "助成申請" }, properties: labels } },
  },
  settings: { defaultPerPage: 10 },
});
const authenticate = async (email, password) =>
  email === "rpa01@office.example" && password === process.env.OFFICE_PASSWORD ? { email } : null;
const router = AdminJSExpress.buildAuthenticatedRouter(
  admin,
  { authenticate, cookieName: "office", cookiePassword: "a story's own, of thirty-two letters" },
  null,
  { resave: false, saveUninitialized: true },
);
while (!bundled()) await later(50);

/** Says what could write, a line each. */
function told(request, _, next) {
  if (request.method === "POST") console.log(`${request.method} ${request.originalUrl}`);
  next();
}
const server = express().use(told).use(admin.options.rootPath, router).listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
