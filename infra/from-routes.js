// What serverless.yml takes from routes.yml and pipelines/. osls reads JavaScript only; the work is in TypeScript.
import { generated } from './generated.ts';

export const abandon = async (context) => (await generated(context)).abandon;
export const table = async (context) => (await generated(context)).table;
export const iam = async (context) => (await generated(context)).iam;
export const stepLogs = async (context) => (await generated(context)).stepLogs;
export const lambdaTracing = async (context) => (await generated(context)).lambdaTracing;
export const environment = async (context) => (await generated(context)).environment;
export const steps = async (context) => (await generated(context)).steps;
export const buckets = async (context) => (await generated(context)).buckets;
export const queues = async (context) => (await generated(context)).queues;
export const rules = async (context) => (await generated(context)).rules;
export const schedules = async (context) => (await generated(context)).schedules;
export const stateMachines = async (context) => (await generated(context)).stateMachines;
export const roles = async (context) => (await generated(context)).roles;
export const alarms = async (context) => (await generated(context)).alarms;
export const outputs = async (context) => (await generated(context)).outputs;
