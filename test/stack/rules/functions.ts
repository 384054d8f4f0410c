import { readEnvironment } from '../../../src/environment.ts';
import { except, first, ofType, type Rule, resolved, type Template, the } from '../template.ts';

const functions = (template: Template) => ofType(template, 'AWS::Lambda::Function');
const machines = (template: Template) => ofType(template, 'AWS::StepFunctions::StateMachine');

/** Functions that open the whole service. */
const SERVICE = ['Ingest', 'Command', 'Status', 'Reconcile', 'Api'].map((name) => `${name}LambdaFunction`);

const environmentOf = (template: Template, id: string) =>
  resolved(template, the(template, id).Properties.Environment?.Variables ?? {}) as Record<string, string>;

export const functionRules: Rule[] = [
  {
    name: 'functions are told all that they read, and no secrets',
    check: (template) => [
      ...SERVICE.filter((id) => {
        try {
          const read = readEnvironment({ ...environmentOf(template, id), LAMBDA_TASK_ROOT: '/var/task' });
          const named = Object.keys(read.pipelines).sort().join();
          return (
            named !== 'count-files,process-files' ||
            read.buckets.archive !== 'a-bucket-of-long-ago' ||
            read.buckets.landing !== 'ref-bucketlanding'
          );
        } catch {
          return true;
        }
      }),
      ...functions(template)
        .filter(([id]) =>
          Object.keys(environmentOf(template, id)).some((name) => /SECRET|TOKEN|PASSWORD/.test(name)),
        )
        .map(([id]) => id),
    ],
    mutants: {
      'a variable less': (template) => {
        delete the(template, 'ReconcileLambdaFunction').Properties.Environment.Variables
          .SPILLWAY_SCHEDULER_ROLE_ARN;
      },
      'buckets that are no JSON': (template) => {
        the(template, 'ApiLambdaFunction').Properties.Environment.Variables.SPILLWAY_BUCKETS = 'landing';
      },
      'a secret': (template) => {
        the(template, 'ApiLambdaFunction').Properties.Environment.Variables.API_TOKEN = 'x';
      },
    },
  },
  {
    name: 'the environment fits into the 4 KB that Lambda allows, with room for long names',
    check: (template) =>
      functions(template)
        .filter(([id]) => JSON.stringify(environmentOf(template, id)).length > 3_072)
        .map(([id]) => id),
    mutants: {
      'too much': (template) => {
        the(template, 'ApiLambdaFunction').Properties.Environment.Variables.MORE = 'x'.repeat(4_096);
      },
    },
  },
  {
    name: 'functions run on Node 24, on ARM, with names of this stage',
    check: (template) =>
      except(
        functions(template),
        ({ Runtime, Architectures, FunctionName }) =>
          Runtime === 'nodejs24.x' &&
          Architectures?.[0] === 'arm64' &&
          /^spillway-test-[a-z-]+$/.test(FunctionName) &&
          FunctionName.length <= 64,
      ),
    mutants: {
      'an old Node': (template) => {
        the(template, 'StatusLambdaFunction').Properties.Runtime = 'nodejs18.x';
      },
      'another processor': (template) => {
        the(template, 'ProcessDashcsvLambdaFunction').Properties.Architectures = ['x86_64'];
      },
    },
  },
  {
    name: 'functions may run as long as the state that calls them waits, the API as long as its gateway',
    check: (template) =>
      Object.entries({
        CheckDashfileDashextensions: 120,
        ProcessDashcsv: 900,
        CollectDashresults: 120,
        Api: 29,
      })
        .filter(([id, seconds]) => the(template, `${id}LambdaFunction`).Properties.Timeout !== seconds)
        .map(([id]) => id),
    mutants: {
      'cut off early': (template) => {
        the(template, 'ProcessDashcsvLambdaFunction').Properties.Timeout = 6;
      },
    },
  },
  {
    name: 'state machines log errors without data, and trace',
    check: (template) =>
      except(
        machines(template),
        ({ LoggingConfiguration: logging, TracingConfiguration, StateMachineType }) =>
          logging?.Level === 'ERROR' &&
          logging.IncludeExecutionData === false &&
          logging.Destinations?.length === 1 &&
          TracingConfiguration?.Enabled === true &&
          StateMachineType === 'STANDARD',
      ),
    mutants: {
      'keys in logs': (template) => {
        first(
          template,
          'AWS::StepFunctions::StateMachine',
        ).Properties.LoggingConfiguration.IncludeExecutionData = true;
      },
      'no log': (template) => {
        delete first(template, 'AWS::StepFunctions::StateMachine').Properties.LoggingConfiguration;
      },
      express: (template) => {
        first(template, 'AWS::StepFunctions::StateMachine').Properties.StateMachineType = 'EXPRESS';
      },
    },
  },
  {
    name: 'every placeholder of a definition is substituted by something that is there',
    check: (template) =>
      machines(template).flatMap(([id, { Properties }]) => {
        const wanted = [...Properties.DefinitionString.matchAll(/\$\{([A-Za-z]+)\}/g)].map(
          ([, name]) => name,
        );
        const given = Properties.DefinitionSubstitutions;
        return wanted
          .filter((name) => {
            const value = given[name];
            const target = value?.Ref ?? value?.['Fn::GetAtt']?.[0];
            return template.Resources[target] === undefined;
          })
          .map((name) => `${id} ${name}`);
      }),
    mutants: {
      'a step less': (template) => {
        delete the(template, 'StateMachineProcessFiles').Properties.DefinitionSubstitutions.ProcessCsvArn;
      },
      'a function that is gone': (template) => {
        delete template.Resources.CollectDashresultsLambdaFunction;
      },
    },
  },
  {
    name: 'the API lets nobody in whom IAM does not know, at a bounded rate, and keeps a list of calls',
    check: (template) => [
      ...except(
        ofType(template, 'AWS::ApiGatewayV2::Route'),
        ({ AuthorizationType }) => AuthorizationType === 'AWS_IAM',
      ),
      ...except(
        ofType(template, 'AWS::ApiGatewayV2::Stage'),
        ({ DefaultRouteSettings: settings, AccessLogSettings }) =>
          settings?.ThrottlingRateLimit > 0 &&
          settings.ThrottlingBurstLimit > 0 &&
          AccessLogSettings?.DestinationArn,
      ),
    ],
    mutants: {
      open: (template) => {
        the(template, 'HttpApiRouteDefault').Properties.AuthorizationType = 'NONE';
      },
      'as often as one likes': (template) => {
        delete the(template, 'HttpApiStage').Properties.DefaultRouteSettings;
      },
      'without a list': (template) => {
        delete the(template, 'HttpApiStage').Properties.AccessLogSettings;
      },
    },
  },
];
