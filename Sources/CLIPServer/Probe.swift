import Hummingbird
import Logging
import Metrics
import ServiceLifecycle
func probe() -> Router<BasicRequestContext> { Router() }
