namespace Nave.Fleet.Simulation.Files;

/// <summary>Reads one entry of <c>faults</c>.</summary>
internal static class FaultReader
{
    private static readonly Dictionary<string, FaultKind> s_kinds = new()
    {
        ["drop"] = FaultKind.Drop,
        ["stop"] = FaultKind.Stop,
        ["duplicate"] = FaultKind.Duplicate,
        ["late"] = FaultKind.Late,
        ["badPayload"] = FaultKind.BadPayload,
        ["clockSkew"] = FaultKind.ClockSkew,
    };

    public static Fault? Read(YamlSection section)
    {
        var text = section.Text("kind");
        if (text is null || !s_kinds.TryGetValue(text, out var kind))
        {
            section.Report("kind", $"is '{text}'; permitted are {string.Join(", ", s_kinds.Keys)}.");
            return null;
        }

        var fault = new Fault { Kind = kind, Share = section.Fraction("share", 1) };
        if (kind is FaultKind.Drop or FaultKind.Stop)
        {
            fault = fault with { Every = Needed(section, "every", text) };
        }
        else if (kind != FaultKind.ClockSkew)
        {
            var probability = section.Fraction("probability", 0);
            if (probability == 0)
            {
                section.Report("probability", $"is needed for '{text}', above 0: how many of the messages have it.");
            }

            fault = fault with { Probability = probability };
        }

        fault = kind switch
        {
            FaultKind.Stop => fault with { For = Needed(section, "for", text) },
            FaultKind.Late => fault with { By = Needed(section, "by", text) },
            FaultKind.ClockSkew => fault with { By = ReadSkew(section) },
            _ => fault,
        };
        section.Close();
        return fault;
    }

    private static TimeSpan Needed(YamlSection section, string name, string kind)
    {
        if (!section.Has(name))
        {
            section.Report(name, $"is needed for '{kind}': {Duration.Form}.");
        }

        return section.Span(name, TimeSpan.FromMilliseconds(1)) ?? TimeSpan.FromSeconds(1);
    }

    // The one span that may be negative.
    private static TimeSpan ReadSkew(YamlSection section)
    {
        if (Duration.TryParse(section.Text("by"), out var by) && by != TimeSpan.Zero)
        {
            return by;
        }

        section.Report("by", $"is needed for 'clockSkew': {Duration.Form}, negative for a clock that is slow.");
        return TimeSpan.Zero;
    }
}
