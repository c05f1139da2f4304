import { join } from 'node:path';
import { execa } from 'execa';
import { machineFailure } from '../../lib/failure.ts';

/** The first line of `java -version`, or undefined where there is no Java. */
export async function javaVersion(environment = process.env): Promise<string | undefined> {
  const home = environment['JAVA_HOME'];
  const program = home === undefined || home === '' ? 'java' : join(home, 'bin/java');
  const result = await execa(program, ['-version'], { reject: false, all: true, stdin: 'ignore' });
  return result.failed ? undefined : result.all.split('\n')[0];
}

export const javaAdvice = 'run: sudo apt-get install default-jre-headless';

/** @throws Failure (3) saying how to get Java. */
export async function requireJava(environment = process.env): Promise<void> {
  if ((await javaVersion(environment)) === undefined) {
    throw machineFailure(`The report needs a Java runtime: ${javaAdvice}`);
  }
}
