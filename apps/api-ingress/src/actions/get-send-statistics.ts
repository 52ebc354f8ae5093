// GetSendStatistics (v1): quarters of an hour of the last two weeks. Source: SES contract 1.5.
import { queryOperation } from '../operation.ts';

export const getSendStatistics = queryOperation({
  name: 'GetSendStatistics',
  input: {},
  errors: [],
  run: async (_input, { quota }) => {
    const points = await quota.statistics();
    return {
      SendDataPoints: points.map(({ at, attempts, bounces }) => ({
        Timestamp: new Date(at),
        DeliveryAttempts: attempts,
        Bounces: bounces,
        // Complaints come by mail; nothing that was accepted is rejected later.
        Complaints: 0,
        Rejects: 0,
      })),
    };
  },
});
