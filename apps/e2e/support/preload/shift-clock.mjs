// Preloaded into the services (node --import): a machine whose clock is wrong. CLOCK_SHIFT_MS shifts this process's
// clock; SHIFTED_CLOCKS, a JSON object by the service's name, those of several. Timers and the monotonic clock are
// not concerned, as they are not when a clock is set wrong.
const shifts = JSON.parse(process.env.SHIFTED_CLOCKS ?? '{}');
const name = Object.keys(shifts).find((each) => process.argv[1]?.includes(`/${each}/`));
const shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? shifts[name] ?? 0);

if (shiftMs !== 0) {
  const RealDate = Date;
  globalThis.Date = class Date extends RealDate {
    constructor(...args) {
      super(...(args.length === 0 ? [RealDate.now() + shiftMs] : args));
    }
    static now() {
      return RealDate.now() + shiftMs;
    }
  };
}
