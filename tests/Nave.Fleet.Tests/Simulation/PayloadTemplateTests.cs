using System.Text;
using System.Text.Json;
using Nave.Fleet.Simulation.Templates;

namespace Nave.Fleet.Simulation;

public sealed class PayloadTemplateTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_expression_alone_keeps_its_type_and_text_around_it_makes_a_string()
    {
        var payload = PayloadTemplate.Parse(
            """{"n":"{{counter(5, 2)}}","t":"{{deviceId()}}","b":"{{chance(1)}}","f":"{{sine(20, 4, 60s, 0)}}","mix":"no {{index()}}!","plain":7.10,"list":["{{message()}}",null]}""");
        Assert.Equal("""{"n":5,"t":"d-7","b":true,"f":20,"mix":"no 6!","plain":7.10,"list":[3,null]}""", Fill(payload, Context(message: 3)));
    }

    [Fact]
    public void A_text_that_is_no_object_or_array_stays_text() =>
        Assert.Equal("21;d-7;2026-01-31T12:00:00.000Z", Fill(PayloadTemplate.Parse("21;{{deviceId()}};{{timestamp()}}"), Context()));

    [Fact]
    public void A_counter_counts_for_each_device_on_its_own()
    {
        var payload = PayloadTemplate.Parse("{{counter(1)}}");
        var (first, second) = (Context(), Context());
        Assert.Equal(["1", "2", "3"], [Fill(payload, first), Fill(payload, first), Fill(payload, first)]);
        Assert.Equal("1", Fill(payload, second));
    }

    [Fact]
    public void Two_counters_of_one_payload_do_not_share_their_number()
    {
        var payload = PayloadTemplate.Parse("{{counter(1)}} {{counter(10)}}");
        var context = Context();
        Assert.Equal(["1 10", "2 11"], [Fill(payload, context), Fill(payload, context)]);
    }

    [Fact]
    public void A_sine_swings_around_its_mean_with_its_period()
    {
        var payload = PayloadTemplate.Parse("{{round(sine(20, 4, 60s, 0), 3)}}");
        var context = Context();
        var values = new double[4];
        for (var i = 0; i < values.Length; i++)
        {
            context.Elapsed = TimeSpan.FromSeconds(15 * i);
            values[i] = JsonDocument.Parse(Fill(payload, context)).RootElement.GetDouble();
        }

        Assert.Equal([20, 24, 20, 16], values);
    }

    [Fact]
    public void The_same_seed_gives_the_same_payloads()
    {
        var payload = PayloadTemplate.Parse("""["{{random(0, 1)}}","{{gauss(0, 1)}}","{{uuid()}}","{{text(8)}}","{{choice(a, b, c)}}","{{integer(1, 6)}}"]""");
        var (first, second) = (Context(seed: 9), Context(seed: 9));
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal(Fill(payload, first), Fill(payload, second)));
        Assert.NotEqual(Fill(payload, Context(seed: 9)), Fill(payload, Context(seed: 10)));
    }

    [Fact]
    public void Random_values_stay_in_their_range()
    {
        var payload = PayloadTemplate.Parse("""["{{random(-1, 1)}}","{{integer(1, 6)}}","{{walk(5, 3, 0, 10)}}"]""");
        var context = Context();
        var integers = new HashSet<int>();
        for (var i = 0; i < 1000; i++)
        {
            using var document = JsonDocument.Parse(Fill(payload, context));
            Assert.InRange(document.RootElement[0].GetDouble(), -1, 1);
            integers.Add(document.RootElement[1].GetInt32());
            Assert.InRange(document.RootElement[2].GetDouble(), 0, 10);
        }

        Assert.Equal([1, 2, 3, 4, 5, 6], integers.Order());
    }

    [Theory]
    [InlineData("{{sine(1)}}", 10, "sine(mean, amplitude, period[, phase])")]
    [InlineData("{{nope(1)}}", 3, "no function 'nope'")]
    [InlineData("{{counter}}", 3, "has no brackets")]
    [InlineData("a {{counter()", 14, "'}}' is needed")]
    [InlineData("{{random(0, many)}}", 18, "text among its arguments")]
    [InlineData("{{choice('a, b)}}", 10, "does not end")]
    [InlineData("{{random(0 1)}}", 12, "',' or ')' is needed")]
    [InlineData("{{}}", 3, "starts neither")]
    [InlineData("{{random(0, 5weeks)}}", 13, "'5weeks'")]
    public void A_malformed_template_is_refused_with_the_place(string template, int character, string reason)
    {
        var e = Assert.Throws<TemplateException>(() => PayloadTemplate.Parse(template));
        Assert.Contains($"at character {character}:", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_that_are_nested_too_deep_are_refused() =>
        Assert.Contains(
            "deeper",
            Assert.Throws<TemplateException>(() => PayloadTemplate.Parse("{{" + string.Concat(Enumerable.Repeat("round(", 100_000)))).Message,
            StringComparison.Ordinal);

    private static TemplateContext Context(int seed = 1, long message = 0) => new("d-7", 6, new Random(seed)) { Now = s_now, Message = message };

    private static string Fill(PayloadTemplate payload, TemplateContext context) => Encoding.UTF8.GetString(payload.Evaluate(context));
}
