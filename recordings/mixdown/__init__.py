"""Makes a replay out of segments: `python -m recordings.mixdown JOB.json`, a program of its own.

Started by the Celery services of recordings, niced, in a child process; imported by nobody. It reads and writes local
files only: no Django, no models, no storage, no network. Times are microseconds of Unix time in a job, and milliseconds
of the replay's own timeline in a result. The replay's timeline is the periods one after the other, without the silence
before the first and after the last sound.

The job (paths are local, folders exist; what stands in brackets may be left out):

    result      where the result goes; what is temporary is made beside it, and removed
    periods_us  [[from, to], ...]: when recording was on
    tracks      [{participant: name of letters, digits, - and _,
                  spans_us: [[from, to], ...]: what of this person may be heard,
                  segments: [{path, started_us, samples}, ...]}, ...]
    [out]       {m4a: path, opus: path}
    [title]     what the files are called inside

Or, to silence parts of a mix whose segments are gone, at its own loudness and length:

    result, out, [title]
    redact      {source: path of one of its files, silence_ms: [[from, to], ...], [duration_ms]: what its result said}
    [voices]    what the result of that mix said, to be returned without those parts

The result: duration_ms, lead_ms and tail_ms (silence left out), sizes {m4a, opus}, loudness (LUFS) and true_peak
(dBTP) of what was encoded, peaks (0..255, up to 1,000 of them), voices ([[participant, from, to], ...]), chapters
([{at_ms, participant}, ...]), periods_ms ([[at in the replay, Unix time, length], ...]), segments {mixed, damaged,
missing}, packets {all, decoded}, seconds {mix, encode}.

While it works it says `progress 0.42` on its output. It ends with 0 when all is done; with 3 when there is nothing to
mix, and then the result has `nothing`: "nobody" (nobody consented while recording was on) or "silence"; else with
something else and a sentence on its error output. Under their final names there are whole files or none.
"""
