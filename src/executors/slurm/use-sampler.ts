import type { UseReading } from "../use/use-reading.ts";

const CARD_QUERY = ["--query-gpu=index,utilization.gpu,memory.used", "--format=csv,noheader,nounits"].join(" ");

/**
 * Notes on a node what the step uses, in Perl, which reads the logs there as well: a line to `control/use` after two
 * seconds and then every five, and after ten minutes ever more seldom, so that the file stays at some hundred lines. It
 * counts the processes below the batch script, and adds what the kernel has kept of those that ended. Cards are told of
 * where Slurm gave some to the job: all that the node shows it, or those that Slurm names where it sees more than it
 * was given.
 *
 * Arguments: the file, and the batch script's process. It ends with that. It loads no module.
 *
 * A line: second since the epoch, seconds of processor, bytes of memory, read, written, received and sent, whose
 * network it is, number of cards, how busy they are in percent, their bytes; `-` for what is not known.
 */
export const USE_SAMPLER = String.raw`my ($file, $root) = @ARGV;
my $begun = time;
sub slurp { open(my $in, "<", $_[0]) or return undef; local $/; my $text = <$in>; return $text }
sub note {
  opendir(my $proc, "/proc") or return;
  my (%parent, %fields);
  for my $pid (grep { /^[0-9]+$/ } readdir $proc) {
    my $stat = slurp("/proc/$pid/stat");
    defined $stat && $stat =~ /^.*\) (.*)/s or next;
    my @all = split " ", $1;
    $parent{$pid} = $all[1];
    $fields{$pid} = [@all];
  }
  my %below = ($root => 1);
  my $more = 1;
  while ($more) {
    $more = 0;
    for my $pid (keys %parent) {
      next if $below{$pid} || $pid == $$ || !$below{$parent{$pid}};
      $more = $below{$pid} = 1;
    }
  }
  delete $below{$root};
  my @own = sort { $a <=> $b } keys %below;
  @own && $fields{$root} or return;
  my $ticks = $fields{$root}[13] + $fields{$root}[14];
  my ($anonymous, $shared, $read, $written) = (0, 0, 0, 0);
  for my $pid (@own) {
    $ticks += $fields{$pid}[$_] for 11 .. 14;
    my $status = slurp("/proc/$pid/status");
    defined $status or next;
    $anonymous += $1 * 1024 if $status =~ /^RssAnon:\s+(\d+)/m;
    my $same = 0;
    $same += $1 * 1024 while $status =~ /^Rss(?:File|Shmem):\s+(\d+)/mg;
    $shared = $same if $same > $shared;
    my $io = slurp("/proc/$pid/io");
    if (defined $io) {
      $read += $1 if defined $read && $io =~ /^read_bytes: (\d+)/m;
      $written += $1 if defined $written && $io =~ /^write_bytes: (\d+)/m;
    }
    elsif (-e "/proc/$pid") { $read = $written = undef }
  }
  my ($received, $sent, $whose);
  my $net = slurp("/proc/$own[-1]/net/dev");
  if (defined $net) {
    ($received, $sent) = (0, 0);
    for (split /\n/, $net) {
      /^\s*(\S+):\s*(.*)$/ && $1 ne "lo" or next;
      my @columns = split " ", $2;
      $received += $columns[0];
      $sent += $columns[8];
    }
    my ($theirs, $ours) = (readlink("/proc/$own[-1]/ns/net"), readlink("/proc/$$/ns/net"));
    $whose = $theirs eq $ours ? "machine" : "step" if defined $theirs && defined $ours;
  }
  my @line = (time, $ticks / 100, $anonymous + $shared, $read, $written, $received, $sent, $whose, cards());
  open(my $out, ">>", $file) or return;
  syswrite($out, join(" ", map { defined $_ ? $_ : "-" } @line) . "\n");
}
sub cards {
  my $named = $ENV{SLURM_JOB_GPUS} || $ENV{SLURM_STEP_GPUS} || $ENV{CUDA_VISIBLE_DEVICES};
  defined $named && $named =~ /\S/ or return (undef, undef, undef);
  my @named = split /,/, $named;
  my @cards = grep { /^\d+, *\d+, *\d+$/ } split /\n/, ${"`"}nvidia-smi ${CARD_QUERY} 2>/dev/null${"`"};
  @cards = grep { my ($index) = /^(\d+)/; grep { $_ eq $index } @named } @cards if @cards > @named;
  my ($percent, $memory) = (0, 0);
  for (@cards) { my (undef, $busy, $used) = split /, */; $percent += $busy; $memory += $used * 1048576 }
  return @cards ? (scalar @cards, $percent / @cards, $memory) : (undef, undef, undef);
}
sleep 2;
while (getppid() == $root) {
  note();
  my $rest = (time - $begun) / 120;
  sleep($rest > 5 ? $rest : 5);
}
`;

/**
 * Returns the readings after a moment (milliseconds since the epoch). A line that is not whole yet is read the next
 * time.
 */
export function readNotes(text: string, since: number): readonly UseReading[] {
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .flatMap((line) => readNote(line) ?? [])
    .filter(({ at }) => at > since);
}

function readNote(line: string): UseReading | undefined {
  const [at, cpu, memory, read, written, received, sent, network, ...gpu] = line.split(" ");
  const [count, percent, gpuMemory] = gpu.map(figure);
  const total = figure(cpu);
  const second = figure(at);
  if (second === undefined || total === undefined || gpu.length !== 3) return undefined;
  return {
    at: second * 1000,
    totals: given({
      cpu: total,
      read: figure(read),
      written: figure(written),
      received: figure(received),
      sent: figure(sent),
    }),
    ...given({ memory: figure(memory) }),
    ...(network === "step" || network === "machine" ? { network } : {}),
    ...(count === undefined || percent === undefined || gpuMemory === undefined
      ? {}
      : { gpus: { count, percent, memory: gpuMemory } }),
  };
}

function figure(text: string | undefined): number | undefined {
  const value = Number(text === undefined || text === "" ? Number.NaN : text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Without the fields that are not known. */
function given<Key extends string>(fields: Record<Key, number | undefined>): { readonly [Name in Key]?: number } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [Name in Key]?: number;
  };
}
