using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Nave.Server.Metrics;

/// <summary>
/// Collects every instrument of the <c>Nave.*</c> meters, and the runtime's, and writes them in Prometheus' text form.
/// Source: the exposition format 0.0.4.
/// </summary>
public sealed class PrometheusExporter : IDisposable
{
    /// <summary>The content type of what <see cref="Write"/> makes.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    // Tags come from fixed sets (protocol, reason, status); a mistake elsewhere must still not eat the memory.
    private const int MaxSeries = 5_000;

    // Seconds; the range of a durable acknowledgement on a laptop disk up to a caller's patience.
    private static readonly double[] s_bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<SeriesKey, Series> _series = new();

    /// <summary>Starts to listen.</summary>
    public PrometheusExporter()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Nave", StringComparison.Ordinal) || instrument.Meter.Name == "System.Runtime")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<byte>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<int>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<long>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<double>((i, v, tags, _) => Record(i, v, tags));
        _listener.Start();
    }

    /// <summary>Writes all series, in name order.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in _series.OrderBy(s => s.Key.Name, StringComparer.Ordinal).GroupBy(s => s.Key.Name))
        {
            var first = family.First().Value;
            text.Append("# HELP ").Append(family.Key).Append(' ').Append(first.Help).Append('\n');
            text.Append("# TYPE ").Append(family.Key).Append(' ').Append(first.Type).Append('\n');
            foreach (var (key, series) in family.OrderBy(s => s.Key.Labels, StringComparer.Ordinal))
            {
                series.Write(text, key);
            }
        }

        Encoding.UTF8.GetBytes(text.ToString(), output);
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new SeriesKey(NameOf(instrument), LabelsOf(tags));
        if (!_series.TryGetValue(key, out var series))
        {
            if (_series.Count >= MaxSeries)
            {
                return;
            }

            series = _series.GetOrAdd(key, static (_, i) => new Series(i, s_bounds), instrument);
        }

        series.Record(value);
    }

    private static string NameOf(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_').Replace('-', '_');
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => string.Empty };
        var counter = instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal)
            && !instrument.GetType().Name.Contains("UpDown", StringComparison.Ordinal);
        return name + (name.EndsWith(unit, StringComparison.Ordinal) ? string.Empty : unit) + (counter ? "_total" : string.Empty);
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return string.Empty;
        }

        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            var escaped = Convert.ToString(value, CultureInfo.InvariantCulture)!
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length == 0 ? "" : ",").Append(name.Replace('.', '_')).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    private readonly record struct SeriesKey(string Name, string Labels);

    private sealed class Series
    {
        private readonly Lock _lock = new();
        private readonly double[] _bounds;
        private readonly long[]? _buckets;
        private readonly bool _isGauge;
        private readonly bool _isRunningTotal;
        private double _sum;
        private long _count;

        public Series(Instrument instrument, double[] bounds)
        {
            _bounds = bounds;
            var kind = instrument.GetType().Name;
            Help = (instrument.Description ?? instrument.Name).Replace("\n", " ", StringComparison.Ordinal);
            Type = kind.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
                : kind.Contains("Gauge", StringComparison.Ordinal) || kind.Contains("UpDown", StringComparison.Ordinal) ? "gauge" : "counter";
            _buckets = Type == "histogram" ? new long[bounds.Length + 1] : null;
            _isGauge = kind.Contains("Gauge", StringComparison.Ordinal);

            // Observable counters report their total each time; plain ones an increment.
            _isRunningTotal = instrument.IsObservable;
        }

        public string Help { get; }

        public string Type { get; }

        public void Record(double value)
        {
            lock (_lock)
            {
                if (_buckets is not null)
                {
                    var bucket = 0;
                    while (bucket < _bounds.Length && value > _bounds[bucket])
                    {
                        bucket++;
                    }

                    _buckets[bucket]++;
                    _count++;
                }

                _sum = _isGauge || _isRunningTotal ? value : _sum + value;
            }
        }

        public void Write(StringBuilder text, SeriesKey key)
        {
            lock (_lock)
            {
                if (_buckets is null)
                {
                    Line(text, key.Name, key.Labels, _sum);
                    return;
                }

                var cumulative = 0L;
                for (var i = 0; i < _buckets.Length; i++)
                {
                    cumulative += _buckets[i];
                    var bound = i < _bounds.Length ? _bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                    Line(text, key.Name + "_bucket", $"{key.Labels}{(key.Labels.Length == 0 ? "" : ",")}le=\"{bound}\"", cumulative);
                }

                Line(text, key.Name + "_sum", key.Labels, _sum);
                Line(text, key.Name + "_count", key.Labels, _count);
            }
        }

        private static void Line(StringBuilder text, string name, string labels, double value)
        {
            text.Append(name);
            if (labels.Length > 0)
            {
                text.Append('{').Append(labels).Append('}');
            }

            text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}
