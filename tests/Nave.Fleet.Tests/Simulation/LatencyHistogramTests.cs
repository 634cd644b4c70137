namespace Nave.Fleet.Simulation;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_right_to_three_percent_from_a_microsecond_to_an_hour()
    {
        var random = new Random(5);
        for (var scale = 1.0; scale < 3.6e9; scale *= 3.7)
        {
            var histogram = new LatencyHistogram();
            var values = Enumerable.Range(0, 999).Select(_ => Math.Round(scale * (0.5 + random.NextDouble()))).Order().ToArray();
            foreach (var microseconds in values)
            {
                histogram.Record(TimeSpan.FromMicroseconds(microseconds));
            }

            foreach (var fraction in (double[])[0.01, 0.5, 0.99, 1])
            {
                var exact = values[(int)Math.Ceiling(fraction * values.Length) - 1] / 1000;
                Assert.InRange(histogram.Percentile(fraction), exact - 0.001, (exact * 1.032) + 0.001);
            }
        }
    }

    [Fact]
    public void Without_a_count_a_percentile_is_zero() => Assert.Equal(0, new LatencyHistogram().Percentile(0.99));

    [Fact]
    public void Counts_that_are_moved_are_in_the_other_alone()
    {
        var (recent, total) = (new LatencyHistogram(), new LatencyHistogram());
        recent.Record(TimeSpan.FromMilliseconds(5));
        recent.MoveTo(total);
        recent.Record(TimeSpan.FromMilliseconds(50));
        recent.MoveTo(total);
        Assert.Equal((0, 2), (recent.Count, total.Count));
        Assert.InRange(total.Percentile(0.5), 4.9, 5.2);
    }

    [Fact]
    public void A_span_beyond_every_class_is_counted_in_the_last()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromDays(10));
        histogram.Record(TimeSpan.FromSeconds(-1));
        Assert.Equal(2, histogram.Count);
    }
}
