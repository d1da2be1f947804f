import { expect, test } from "vitest";
import { onThisComputer, workspaceOf } from "./address";

test.each([
  ["company.videomarketingplatform.co", "company.videomarketingplatform.co"],
  ["  Company.VideoMarketingPlatform.co ", "company.videomarketingplatform.co"],
  ["https://company.example/", "company.example"],
  ["https://company.example/manage/video/12?tab=1#x", "company.example"],
  ["company.example/manage", "company.example"],
  ["company.example:8443", "company.example:8443"],
  ["http://127.0.0.1:2323/", "http://127.0.0.1:2323"],
  // Not for us to mend: the shell says what is wrong with these.
  ["https://maja:secret@company.example", "https://maja:secret@company.example"],
  ["not an address", "not an address"],
  ["", ""],
])("%j means %j", (typed, workspace) => {
  expect(workspaceOf(typed)).toBe(workspace);
});

test.each([
  ["127.0.0.1:2323", true],
  ["http://localhost:2323", true],
  ["[::1]:2323", true],
  ["127.0.0.1.example.com", false],
  ["company.example", false],
])("whether %s is this computer: %s", (workspace, here) => {
  expect(onThisComputer(workspace)).toBe(here);
});
