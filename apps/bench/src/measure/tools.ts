// The two processes beside the system under test: load and receiver.
import path from 'node:path';
import { nextMessage, startChild, type Child } from '../processes/child.ts';
import type { LoadPlan, LoadReport, LoadResult } from '../load/load-plan.ts';
import type { SinkAnswer, SinkQuestion, SinkReady } from '../sink/sink-talk.ts';

export interface Tools {
  readonly sink: SinkReady;
  ask(question: SinkQuestion): Promise<SinkAnswer>;
  /** `onProgress`: how many were accepted so far. */
  run(plan: LoadPlan, onProgress: (accepted: number) => void): Promise<LoadResult>;
  stop(): Promise<void>;
}

export interface ToolsPlace {
  /** In front of the command line. */
  readonly pinned: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export async function startTools({ pinned, env }: ToolsPlace): Promise<Tools> {
  const start = (main: string): Child =>
    startChild([...pinned, process.execPath, path.resolve(import.meta.dirname, '..', main)], {
      env,
      talks: true,
    });
  const sink = start('sink/main.ts');
  const load = start('load/main.ts');
  const stop = async () => {
    await Promise.all([sink.stop(1000), load.stop(1000)]);
  };
  try {
    const ready = await nextMessage<SinkReady>(sink);
    return {
      sink: ready,
      ask: (question) => {
        const answer = nextMessage<SinkAnswer>(sink);
        sink.process.send(question);
        return answer;
      },
      run: (plan, onProgress) => runPlan(load, plan, onProgress),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function runPlan(
  load: Child,
  plan: LoadPlan,
  onProgress: (accepted: number) => void,
): Promise<LoadResult> {
  load.process.send(plan);
  for (;;) {
    const report = await nextMessage<LoadReport>(load);
    if (report.kind === 'result') return report.result;
    onProgress(report.accepted);
  }
}
