using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Checking;

/// <summary>Holds the answers to direct methods against the calls.</summary>
internal static class MethodChecker
{
    public static IEnumerable<Violation> Check(RunHistory history)
    {
        var calls = history.Methods.ToDictionary(call => call.Marker);
        foreach (var call in calls.Values.Where(call => call.Outcome == Outcome.Acknowledged))
        {
            if (call.Answer != call.Marker || call.AnsweredBy != call.DeviceId)
            {
                yield return new Violation(ViolationKind.MixedUpMethod, call.DeviceId, $"{call}");
            }
        }

        foreach (var got in history.MethodsReceived.GroupBy(got => got.Marker))
        {
            if (got.Count() > 1 || (calls.TryGetValue(got.Key, out var call) && call.DeviceId != got.First().DeviceId))
            {
                yield return new Violation(ViolationKind.MixedUpMethod, got.First().DeviceId, $"{got.Key} was delivered {got.Count()} times");
            }
        }
    }
}
