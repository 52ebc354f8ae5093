// One change of a configuration set, and what the caller is told when it can't be made.
import type { SetChange } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';

/** Throws ApiFault. */
export async function changeSet(
  name: string,
  change: SetChange,
  { policies }: Pick<ActionContext, 'policies'>,
): Promise<void> {
  const result = await policies.updateConfigurationSet(name, change);
  switch (result.kind) {
    case 'updated':
      return;
    case 'unknown':
      throw setDoesNotExist(name);
    case 'invalid':
      throw new ApiFault('invalid-parameter', result.message);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
    case 'destination-exists':
    case 'destination-absent':
    case 'too-many-destinations':
      throw destinationFault(result.kind, name, destinationName(change));
  }
}

function destinationName(change: SetChange): string {
  if (change.kind === 'removedEventDestination') return change.value;
  return change.kind === 'newEventDestination' || change.kind === 'eventDestination' ? change.value.name : '';
}

function destinationFault(
  kind: 'destination-exists' | 'destination-absent' | 'too-many-destinations',
  ConfigurationSetName: string,
  EventDestinationName: string,
): ApiFault {
  const members = { ConfigurationSetName, EventDestinationName };
  switch (kind) {
    case 'destination-exists':
      return new ApiFault(
        'destination-exists',
        `An event destination with name <${EventDestinationName}> already exists for configuration set <${ConfigurationSetName}>.`,
        members,
      );
    case 'destination-absent':
      return new ApiFault(
        'destination-does-not-exist',
        `No EventDestination found with name <${EventDestinationName}> for configuration set <${ConfigurationSetName}>.`,
        members,
      );
    case 'too-many-destinations':
      return new ApiFault(
        'limit',
        `Configuration set <${ConfigurationSetName}> has 10 event destinations already.`,
      );
  }
}
