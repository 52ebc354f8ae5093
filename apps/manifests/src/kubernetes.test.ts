// What an operator applies is valid, and holds what docs/kubernetes.md promises.
import { describe, expect, test } from 'vitest';
import { fault, render, type Manifest } from './rendered.ts';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext?: Record<string, unknown>;
  readonly resources?: { readonly requests?: object; readonly limits?: object };
  readonly startupProbe?: unknown;
  readonly livenessProbe?: unknown;
  readonly readinessProbe?: unknown;
}

interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly unknown[];
  readonly affinity?: {
    readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: unknown[] };
  };
  readonly securityContext?: Record<string, unknown>;
  readonly containers: readonly Container[];
  readonly volumes?: readonly {
    readonly secret?: { readonly secretName: string; readonly optional?: boolean };
  }[];
}

interface Workload extends Manifest {
  readonly spec: { readonly replicas?: number; readonly template: { readonly spec: PodSpec } };
}

interface Paths {
  readonly from?: unknown;
  readonly ports: readonly { readonly port: number }[];
}

interface Policy {
  readonly ingress?: readonly Paths[];
  readonly egress?: readonly Paths[];
}

const SERVICES = ['smtp-ingress', 'api-ingress', 'policy-service', 'mx-delivery'];
const rendered = { local: render('local'), production: render('production') };
if (rendered.local === undefined) {
  process.stdout.write('Skipped: neither kubectl nor kustomize is here, so no manifest is rendered.\n');
}

const workloadsOf = (manifests: readonly Manifest[]) =>
  manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet') as readonly Workload[];
const named = (manifests: readonly Manifest[], kind: string, name: string) => {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
};

describe.skipIf(rendered.local === undefined).each(['local', 'production'] as const)(
  'overlay %s',
  (overlay) => {
    const manifests = rendered[overlay] ?? [];

    test('every manifest is valid by the schema of its kind', async () => {
      const faults = await Promise.all(
        manifests.map(
          async (each) => `${each.kind} ${each.metadata.name}: ${(await fault(each)) ?? 'valid'}`,
        ),
      );
      expect(faults.filter((text) => !text.endsWith(': valid'))).toEqual([]);
      expect(manifests.length).toBeGreaterThan(20);
    });

    test('everything is in the namespace, and nothing else', () => {
      const spaces = manifests
        .filter(({ kind }) => kind !== 'Namespace')
        .map(({ metadata }) => metadata.namespace);
      expect(new Set(spaces)).toEqual(new Set(['sealpost']));
    });

    test('no container runs as root, writes its own file system, keeps a capability or has no limit', () => {
      for (const { metadata, spec } of workloadsOf(manifests)) {
        const pod = spec.template.spec;
        expect([
          metadata.name,
          pod.securityContext?.runAsNonRoot,
          pod.securityContext?.seccompProfile,
        ]).toEqual([metadata.name, true, { type: 'RuntimeDefault' }]);
        expect([metadata.name, pod.automountServiceAccountToken]).toEqual([metadata.name, false]);
        for (const container of pod.containers) {
          expect(container.securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(container.resources?.requests).toHaveProperty('cpu');
          expect(container.resources?.limits).toHaveProperty('memory');
          // Nobody asks the operator's shell for anything.
          if (metadata.name !== 'operator')
            expect([metadata.name, container.livenessProbe, container.readinessProbe]).not.toContain(
              undefined,
            );
        }
      }
    });

    test('a service is waited for at its start and has the time that its drain takes', () => {
      for (const name of SERVICES) {
        const pod = (named(manifests, 'Deployment', name) as Workload).spec.template.spec;
        expect(pod.containers[0]?.startupProbe).toBeDefined();
        // Faults Q12: 5 s for the endpoints; mx-delivery up to 120 s for an answer to the final dot.
        expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(name === 'mx-delivery' ? 150 : 30);
      }
    });

    test('nothing goes anywhere that no policy names', () => {
      const denied = named(manifests, 'NetworkPolicy', 'default-deny').spec;
      expect(denied).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
      const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
      for (const { metadata } of workloadsOf(manifests)) {
        const own = policies.filter(({ spec }) => JSON.stringify(spec).includes(`"${metadata.name}"`));
        expect([metadata.name, own.length > 0]).toEqual([metadata.name, true]);
      }
      // Only mx-delivery reaches mail servers outside; the sender of events reaches webhooks.
      const outside = policies.filter(({ spec }) => JSON.stringify(spec).includes('0.0.0.0/0'));
      expect(outside.map(({ metadata }) => metadata.name)).toEqual(['mx-delivery', 'policy-service']);
      expect(JSON.stringify(outside[1]?.spec)).toContain('{"port":443}');
      expect(JSON.stringify(outside[1]?.spec)).not.toContain('{"port":25}');
    });

    test('the command sealpost runs when it is asked for, and reaches what it asks: NATS and policy-service', () => {
      const { spec } = named(manifests, 'Deployment', 'operator') as Workload;
      expect(spec.replicas).toBe(0);
      const ports = (name: string) =>
        (named(manifests, 'NetworkPolicy', name).spec as Policy).ingress
          ?.filter(({ from }) => JSON.stringify(from).includes('"operator"'))
          .flatMap(({ ports: opened }) => opened.map(({ port }) => port));
      expect([ports('nats'), ports('policy-service')]).toEqual([[4222], [50_051]]);
      const { egress } = named(manifests, 'NetworkPolicy', 'operator').spec as Policy;
      expect(egress?.flatMap(({ ports: opened }) => opened.map(({ port }) => port))).toEqual([4222, 50_051]);
    });

    test('each mounted Secret that has to be there is one that setup or cert-manager makes', () => {
      const made = new Set([
        ...['nats', 'redis', 'operator', ...SERVICES].flatMap((name) => [
          `${name}-secrets`,
          `${name}-internal-tls`,
        ]),
        'listeners-tls',
      ]);
      const mounted = workloadsOf(manifests)
        .flatMap(({ spec }) => spec.template.spec.volumes ?? [])
        .flatMap(({ secret }) =>
          secret === undefined || secret.optional === true ? [] : [secret.secretName],
        );
      expect(mounted.filter((name) => !made.has(name))).toEqual([]);
    });
  },
);

describe.skipIf(rendered.production === undefined)('production', () => {
  const manifests = rendered.production ?? [];

  test('cert-manager makes every certificate that is mounted', () => {
    const certificates = manifests
      .filter(({ kind }) => kind === 'Certificate')
      .map(({ spec }) => (spec as { secretName: string }).secretName);
    const mounted = workloadsOf(manifests)
      .flatMap(({ spec }) => spec.template.spec.volumes ?? [])
      .flatMap(({ secret }) => (secret?.secretName.endsWith('-tls') === true ? [secret.secretName] : []));
    expect(mounted.filter((name) => !certificates.includes(name))).toEqual([]);
  });

  test('three NATS servers on three nodes hold three copies of each record', () => {
    const nats = named(manifests, 'StatefulSet', 'nats') as Workload;
    expect(nats.spec.replicas).toBe(3);
    expect(
      nats.spec.template.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
    ).toHaveLength(1);
    const settings = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('settings-'),
    );
    expect((settings as unknown as { data: Record<string, string> }).data.NATS_REPLICAS).toBe('3');
  });

  test('each service has two copies or more, spread over nodes, of which one at a time may go', () => {
    for (const name of SERVICES) {
      const { spec } = named(manifests, 'Deployment', name) as Workload;
      expect([name, spec.replicas]).toEqual([name, 2]);
      expect(spec.template.spec.topologySpreadConstraints).toHaveLength(2);
      expect(named(manifests, 'PodDisruptionBudget', name).spec).toMatchObject({ maxUnavailable: 1 });
    }
    for (const name of ['smtp-ingress', 'api-ingress', 'mx-delivery']) {
      expect(named(manifests, 'HorizontalPodAutoscaler', name).spec).toMatchObject({ minReplicas: 2 });
    }
  });

  test('the listeners see the address of their clients', () => {
    for (const name of ['smtp-ingress', 'api-ingress']) {
      expect(named(manifests, 'Service', name).spec).toMatchObject({
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
      });
    }
    const { ports } = named(manifests, 'Service', 'smtp-ingress').spec as { ports: { port: number }[] };
    expect(ports.map(({ port }) => port)).toEqual([25, 587, 2587, 465, 2465, 9101]);
  });
});
